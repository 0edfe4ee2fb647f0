"""Whatever a file holds: every row is accounted for, or a named error says why not; no adapter raises anything else."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import RoutecastError
from analytics.logs import load_log
from tests.logs.containers import one_line, write_records
from tests.logs.records import SAMPLES, iso

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.just(9.3e18), st.just(-1), st.just(1e300), st.just(""), st.just("NaN"),
    st.text(st.characters(codec="utf-8"), max_size=8), st.just("infinity"), st.just("0001-01-01"), st.just({}), st.just([]),
    st.just({"input": {"x": 1}, "total": "1e400"}), st.just([1, "a", None]), st.just('{"a": 1'), st.just('"{}"'),
)  # fmt: skip
LATE = (
    "langfuse-scores",
    {
        "id": "s",
        "name": "m",
        "value": 0.5,
        "dataType": "NUMERIC",
        "timestamp": iso(1),
        "traceId": None,
        "observationId": "obs-0",
    },
)


def accounted(folder: Path, file: Path) -> None:
    try:
        result = load_log(folder / "log.duckdb", file)
    except RoutecastError as error:
        one_line(error)
        return
    assert result.loaded + result.duplicates + result.rejected == result.read


def mutated(data: st.DataObject, record: dict[str, Any]) -> dict[str, Any]:
    """A record with some values replaced, keys removed, or nested values replaced."""
    changed = json.loads(json.dumps(record))
    for key in data.draw(st.lists(st.sampled_from(sorted(record)), min_size=1, max_size=5)):
        what = data.draw(st.sampled_from(["junk", "gone", "inside"]))
        if what == "gone":
            changed.pop(key, None)
        elif what == "inside" and isinstance(changed.get(key), dict) and changed[key]:
            changed[key][data.draw(st.sampled_from(sorted(changed[key])))] = data.draw(JUNK)
        else:
            changed[key] = data.draw(JUNK)
    return changed | data.draw(st.sampled_from([{}, {"unheard of": 1}, {"data": [1]}]))


@pytest.mark.parametrize("container", ["jsonl", "csv", "wrapped.json"])
@pytest.mark.parametrize("name", [*SAMPLES, LATE[0]])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_records(
    name: str, container: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, draw = tmp_path_factory.mktemp("fuzz"), random.Random(1)
    make = SAMPLES["langfuse" if name == LATE[0] else name].make
    good = [make(draw, number) for number in range(3)]
    if name == LATE[0]:
        load_log(folder / "log.duckdb", write_records(folder, good, "jsonl"))
        good = [LATE[1], LATE[1] | {"name": "n"}]
    records = [*good, *(mutated(data, one) for one in good)]
    data.draw(st.randoms()).shuffle(records)
    accounted(folder, write_records(folder, records, container))


@pytest.mark.parametrize("container", ["jsonl", "json", "pretty.json", "csv", "parquet", "jsonl.gz"])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), noise=st.binary(max_size=40), at=st.floats(0, 1))
def test_truncated_and_damaged_files(
    container: str, cut: float, noise: bytes, at: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, draw = tmp_path_factory.mktemp("fuzz"), random.Random(2)
    file = write_records(folder, [SAMPLES["langfuse"].make(draw, number) for number in range(4)], container)
    content = file.read_bytes()
    place = int(at * len(content))
    file.write_bytes((content[:place] + noise + content[place + len(noise) :])[: int(cut * len(content))])
    accounted(folder, file)
