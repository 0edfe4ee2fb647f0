"""A log of no known format: guessed, corrected, saved, recognised."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cli import main
from analytics.errors import LoadError, RoutecastError, UnknownFormatError, UsageError
from analytics.logs import load_log
from analytics.logs.guess import guess_mapping
from analytics.logs.mapping import Column, Mapping, mapping_toml, mappings_file, save_mapping, saved_mappings
from analytics.logs.preview import preview_rows
from analytics.store import open_store
from tests.logs.containers import CONTAINERS, one_line, write_records

AT = datetime(2026, 10, 1, tzinfo=UTC)


def ours(number: int) -> dict[str, Any]:
    """A log as a team might write it: seconds, cents, stars, nested usage, the cache apart."""
    draw = random.Random(number)
    prompt, cached, answer = draw.randint(100, 900), 64, draw.randint(10, 300)
    return {
        "callId": f"c{number}", "createdAt": (AT + timedelta(seconds=number)).timestamp(), "llm": {"name": "chat", "model": "gpt-4o"},
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "cached_tokens": cached, "total_tokens": prompt + cached + answer},
        "took": round(draw.uniform(0.4, 9), 3), "cost": (prompt * 2.5e-6 + cached * 1.25e-6 + answer * 1e-5) * 100, "ok": draw.random() < 0.9,
        "stage": "prod", "rating": draw.randint(1, 5), "note": "x",
    }  # fmt: skip


@pytest.mark.parametrize("container", CONTAINERS)
def test_an_unknown_log_is_guessed_saved_and_recognised(container: str, database: Path, tmp_path: Path) -> None:
    records = [ours(number) for number in range(40)]
    file = write_records(tmp_path, records, container)
    with pytest.raises(UnknownFormatError, match="routecast map"):
        load_log(database, file)
    guess = guess_mapping(file, "ours")
    assert guess.mapping.missing == ()
    assert guess.mapping.input_includes_cache is False
    assert {name: (one.label, one.unit) for name, one in guess.mapping.columns.items()} == {
        "request_id": ("callId", ""), "timestamp": ("createdAt", ""), "model": ("llm.model", ""), "input_tokens": ("usage.prompt_tokens", ""),
        "output_tokens": ("usage.completion_tokens", ""), "cache_read_tokens": ("usage.cached_tokens", ""), "latency_ms": ("took", "s"),
        "cost_usd": ("cost", "cents"), "status": ("ok", ""), "environment": ("stage", ""), "quality": ("rating", "stars"),
    }  # fmt: skip
    save_mapping(database, guess.mapping)
    result = load_log(database, file)
    assert (result.format, result.loaded, result.rejected) == ("ours", 40, 0)
    found = open_store(database).rows(
        "SELECT request_id, input_tokens, cache_read_tokens, latency_ms, cost_usd, status, quality FROM requests ORDER BY timestamp"
    )
    for one, row in zip(records, found, strict=True):
        used = one["usage"]
        assert row[:3] == (one["callId"], used["prompt_tokens"] + used["cached_tokens"], used["cached_tokens"])
        assert row[3:] == pytest.approx(
            (one["took"] * 1000, one["cost"] / 100, "ok" if one["ok"] else "error", (one["rating"] - 1) / 4)
        )


def test_a_saved_mapping_is_read_back_as_it_was(database: Path) -> None:
    mapping = Mapping(
        'odd "name"', ("a.b", 'quo"te', "käse"),
        {"timestamp": Column("a.b"), "model": Column(value="our-llama"), "input_tokens": Column('quo"te', "k.l"), "output_tokens": Column("käse"),
         "latency_ms": Column("käse", unit="ns")}, False, True,
    )  # fmt: skip
    save_mapping(database, mapping)
    save_mapping(
        database,
        Mapping(
            "second", ("t",), {name: Column("t") for name in ("timestamp", "model", "input_tokens", "output_tokens")}
        ),
    )
    assert saved_mappings(database)[mapping.name] == mapping
    assert list(saved_mappings(database)) == [mapping.name, "second"]
    assert mapping_toml(mapping) in mappings_file(database).read_text()


def test_rows_without_an_id_and_a_model_for_all(database: Path, tmp_path: Path) -> None:
    """A published trace has times and tokens only; two rows that are the same are still two requests."""
    file = tmp_path / "trace.csv"
    file.write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-10-01 18:15:46.68,374,44\n2026-10-01 18:15:46.68,374,44\n2026-10-01 18:15:50,396,109\n"
    )
    guess = guess_mapping(file, "trace")
    assert guess.mapping.missing == ("model",)
    with pytest.raises(UsageError, match="no column for model"):
        save_mapping(database, guess.mapping)
    columns = {**guess.mapping.columns, "model": Column(value="gpt-4o")}
    save_mapping(database, Mapping("trace", guess.mapping.signature, columns))
    assert load_log(database, file).loaded == 3
    assert load_log(database, file).duplicates == 3
    assert open_store(database).rows("SELECT sum(requests)::BIGINT, sum(input_tokens) FROM rollup") == [
        (3, 374 + 374 + 396.0)
    ]


def test_the_preview_shows_what_would_load_and_what_would_not(database: Path, tmp_path: Path) -> None:
    records = [ours(1), ours(2) | {"createdAt": "yesterday"}, ours(3)]
    file = write_records(tmp_path, records, "jsonl")
    mapping = guess_mapping(write_records(tmp_path, [ours(number) for number in range(9)], "csv"), "ours").mapping
    shown = preview_rows(database, file, mapping, 2)
    assert shown["request_id"].to_list() == ["c1", "c2"]
    assert shown["latency_ms"][0] == pytest.approx(records[0]["took"] * 1000)
    assert shown["refused"].to_list() == [None, "timestamp 'yesterday' is not a time in UTC between 2000 and 2100"]
    assert not database.exists()


@pytest.mark.parametrize(
    ("values", "unit"), [((0.4, 1.5, 9.0), "s"), ((400, 1500, 9000), "ms"), ((4e5, 1.5e6), "us"), ((4e8, 1.5e9), "ns")]
)
def test_units_of_time_by_their_values(values: tuple[float, ...], unit: str, tmp_path: Path) -> None:
    records = [ours(number) | {"took": value} for number, value in enumerate(values)]
    assert guess_mapping(write_records(tmp_path, records, "jsonl")).mapping.columns["latency_ms"].unit == unit


@pytest.mark.parametrize(("factor", "unit"), [(0.01, "usd"), (1, "cents"), (1e4, "microdollars"), (1e7, "nanodollars")])
def test_units_of_money_by_the_list_price(factor: float, unit: str, tmp_path: Path) -> None:
    records = [ours(number) | {"cost": ours(number)["cost"] * factor} for number in range(9)]
    assert guess_mapping(write_records(tmp_path, records, "jsonl")).mapping.columns["cost_usd"].unit == unit


def test_a_mapping_that_makes_no_sense_says_so(database: Path, tmp_path: Path) -> None:
    good = {name: Column("t") for name in ("timestamp", "model", "input_tokens", "output_tokens")}
    for name, columns, words in [
        ("litellm", good, "cannot name a mapping"), ("x", good | {"colour": Column("t")}, "no column of a log"),
        ("x", good | {"latency_ms": Column("t", unit="weeks")}, "the unit 'weeks': use one of ms"), ("x", good | {"team": Column("t", unit="s")}, "leave the unit out"),
    ]:  # fmt: skip
        with pytest.raises(UsageError, match=words):
            save_mapping(database, Mapping(name, ("t",), columns))
    for text in ("not toml", "[a]\nsignature = 1\n", "a = 1\n", "[a.columns]\nmodel = { colour = 1 }\n"):
        mappings_file(database).write_text(text)
        with pytest.raises(LoadError, match="cannot be understood"):
            load_log(database, write_records(tmp_path, [ours(1)], "jsonl"))


def test_built_in_formats_come_before_mappings(database: Path, tmp_path: Path) -> None:
    canonical = {
        "request_id": "a",
        "timestamp": "2026-10-01",
        "model": "gpt-4o",
        "input_tokens": 1,
        "output_tokens": 1,
        "used": 7,
    }
    columns = {name: Column(name) for name in ("request_id", "timestamp", "model", "output_tokens")} | {
        "input_tokens": Column("used")
    }
    save_mapping(database, Mapping("mine", ("used",), columns))
    file = write_records(tmp_path, [canonical], "jsonl")
    assert load_log(database, file).format == "canonical"
    assert load_log(database, file, format="mine").format == "mine"
    assert open_store(database).rows("SELECT input_tokens FROM requests ORDER BY source") == [(1,), (7,)]


def test_the_command_guesses_and_saves(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write_records(tmp_path, [ours(number) for number in range(9)], "jsonl"))
    assert main(["map", file, "--db", str(database), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["missing"], shown["columns"]["latency_ms"]["unit"], shown["saved"]) == ([], "s", None)
    assert main(["map", file, "--db", str(database), "--save", "ours"]) == 0
    assert "[ours.columns]" in capsys.readouterr().out
    assert main(["load", file, "--mapping", "ours", "--db", str(database), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["loaded"] == 9


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=6),
            st.none()
            | st.integers()
            | st.floats()
            | st.text(max_size=5)
            | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_guessing_never_fails_in_any_other_way(records: list[dict[str, Any]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        file.write_text("\n".join(json.dumps(one) for one in records))
        try:
            guess_mapping(file)
        except RoutecastError as error:
            one_line(error)
