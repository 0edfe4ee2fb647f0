"""What the tests of trace formats share: loaded rows by id, a comparison to 1e-9, and files damaged at random."""

import contextlib
import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.errors import RoutecastError
from analytics.logs import load_log
from analytics.logs.load import LoadResult
from analytics.store import open_store

SAMPLES = Path(__file__).parent / "samples"
Row = dict[str, object]
Rows = dict[str, Row]
COLUMNS = (
    "request_id, model, provider, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, tokens_estimated, "
    "epoch_us(timestamp) AS started_us, latency_ms, ttft_ms, cost_usd, list_cost_usd, status, error, use_case, user_id, environment, "
    "session_id, prompt_version, prompt_chars, quality, quality_metric, tags::VARCHAR AS tags"
)
# Public list prices, USD per million: input, cache read, cache write, output.
PRICES = {
    "gpt-4o": (2.5, 1.25, 2.5, 10),
    "gpt-4o-mini": (0.15, 0.075, 0.15, 0.6),
    "claude-haiku-4-5": (1, 0.1, 1.25, 5),
    "text-embedding-3-small": (0.02, 0.02, 0.02, 0),
}


@pytest.fixture
def samples() -> Path:
    """Files that the programs themselves wrote; the scripts beside them made them."""
    return SAMPLES


@pytest.fixture
def load_rows(database: Path) -> Callable[[Path], tuple[LoadResult, Rows]]:
    """Load a file into an empty database; gives the account and the rows by id."""

    def load(file: Path) -> tuple[LoadResult, Rows]:
        result = load_log(database, file)
        rows = open_store(database).frame(f"SELECT {COLUMNS} FROM requests").to_dicts()
        return result, {str(row["request_id"]): row for row in rows}

    return load


def list_cost(model: str, tokens: Row) -> float | None:
    """What the tokens cost at list price, worked out by hand; None where the model has no price."""
    known = next((name for name in sorted(PRICES, key=len, reverse=True) if model.startswith(name)), None)
    if known is None:
        return None
    given, read, written, produced = (int(str(tokens[name])) for name in ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"))  # fmt: skip
    price = PRICES[known]
    return ((given - read - written) * price[0] + read * price[1] + written * price[2] + produced * price[3]) / 1e6


@pytest.fixture
def agree() -> Callable[[Rows, Rows], None]:
    """Rows as expected: the same ids, every expected column of each, and the sums, to 1e-9."""

    def compare(found: Rows, expected: Rows) -> None:
        assert set(found) == set(expected)
        for name, wanted in expected.items():
            wanted = wanted | {"list_cost_usd": list_cost(str(wanted["model"]), wanted)}
            for column, value in wanted.items():
                if column == "model":
                    assert str(value).startswith(str(found[name][column]))
                elif isinstance(value, float):
                    assert found[name][column] == pytest.approx(value, rel=1e-9), (name, column)
                else:
                    assert found[name][column] == value, (name, column)
        for column in (
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "reasoning_tokens",
            "cost_usd",
        ):
            total = math.fsum(float(str(row[column] or 0)) for row in expected.values())
            assert math.fsum(float(str(row[column] or 0)) for row in found.values()) == pytest.approx(total, rel=1e-9)

    return compare


ODD = (None, True, -1, 0, 1.5, 1e300, 10**40, "", "x", "nan", "infinity", "é\u2028\U0001f600", "{bad", "[]", [], {}, [None], {"a": None}, [[1]], {"key": 3})  # fmt: skip


def damaged(value: object, chance: random.Random) -> object:
    """A copy of JSON with one place of it replaced, removed, renamed or repeated."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.1:
        return chance.choice(ODD)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = chance.choice(keys)
    changed = value.copy()
    action = chance.random()
    if action < 0.8:
        changed[key] = damaged(value[key], chance)  # type: ignore[index]
    elif action < 0.9:
        changed.pop(key)  # type: ignore[arg-type]
    elif isinstance(changed, list):
        changed.insert(0, value[key])
    else:
        changed[str(chance.choice(ODD))] = changed.pop(key)
    return changed


@pytest.fixture
def survives(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str, int], None]:
    """Damage a JSON Lines sample at random: it loads with every record accounted for, or says a named error."""

    def check(sample: Path, format: str, seed: int) -> None:
        chance = random.Random(seed)
        lines = sample.read_text(encoding="utf-8").splitlines()[:8]
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(len(lines))
            try:
                lines[place] = json.dumps(damaged(json.loads(lines[place]), chance))
            except ValueError:
                lines.append(lines[0])
            if chance.random() < 0.1:
                lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
        folder = tmp_path_factory.mktemp("damaged")
        file = folder / "log.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        for named in (None, format):
            with contextlib.suppress(RoutecastError):
                result = load_log(folder / f"{named}.duckdb", file, format=named)
                assert result.read == result.loaded + result.duplicates + result.rejected

    return check
