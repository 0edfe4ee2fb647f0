"""A file in, an account of every row out."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import LoadError, UsageError
from analytics.logs import load_log
from analytics.store import open_store

ROW = "a,2026-10-01T00:00:00Z,gpt-4o,1000,500"


def test_a_canonical_file_is_loaded_and_priced(database: Path, write_csv: Callable[..., Path]) -> None:
    result = load_log(database, write_csv(ROW, "b,2026-10-01T05:30:00+05:30,claude-opus-4-1,1000,400"))
    assert (result.read, result.loaded, result.duplicates, result.rejected) == (2, 2, 0, 0)
    rows = open_store(database).rows(
        "SELECT request_id, timestamp::VARCHAR, list_cost_usd, cost_usd, is_request, attempt FROM requests ORDER BY request_id"
    )
    assert rows[0] == ("a", "2026-10-01 00:00:00+00", pytest.approx(1000 * 2.5e-6 + 500 * 10e-6), None, True, 1)
    assert rows[1][1] == "2026-10-01 00:00:00+00"
    assert rows[1][2] == pytest.approx(0.045, rel=1e-12)


def test_the_same_rows_twice_change_nothing(database: Path, write_csv: Callable[..., Path]) -> None:
    file = write_csv(ROW, "b,2026-10-01,gpt-4o,1,1")
    load_log(database, file)
    again = load_log(database, file)
    assert (again.loaded, again.duplicates) == (0, 2)
    assert open_store(database).rows("SELECT count(*), sum(requests)::BIGINT FROM rollup") == [(1, 2)]
    renamed = file.rename(file.with_name("other.csv"))
    assert load_log(database, renamed).loaded == 0
    assert load_log(database, renamed, source="another gateway").loaded == 2


def test_refused_rows_are_kept_with_line_and_reason(database: Path, write_csv: Callable[..., Path]) -> None:
    file = write_csv(
        ROW, "b,yesterday,gpt-4o,1,1", "c,2026-10-01,gpt-4o,-1,1", "d,1,2,3,4,5,6,7", ",2026-10-01,gpt-4o,1,1", ROW
    )
    result = load_log(database, file)
    assert (result.read, result.loaded, result.duplicates, result.rejected) == (6, 1, 1, 4)
    assert [rejection.line for rejection in result.rejections] == [3, 4, 5, 6]
    kept = open_store(database).rows("SELECT line, reason, raw FROM rejections ORDER BY line")
    assert kept[0][1] == "timestamp 'yesterday' is not a time in UTC between 2000 and 2100"
    assert kept[1][1] == "input_tokens '-1' is not a whole number of at least 0"
    assert "too many columns" in kept[2][1]
    assert kept[3][1] == "request_id is missing"
    assert json.loads(kept[0][2])["timestamp"] == "yesterday"


BROKEN = {
    "negative tokens": ("a,2026-10-01,gpt-4o,-1,1", "not a whole number"),
    "fractional tokens": ("a,2026-10-01,gpt-4o,1.5,1", "not a whole number"),
    "year 0001": ("a,0001-01-01,gpt-4o,1,1", "between 2000 and 2100"),
    "infinite time": ("a,infinity,gpt-4o,1,1", "between 2000 and 2100"),
    "not a number": ("a,2026-10-01,gpt-4o,nan,1", "not a whole number"),
    "enormous number": ("a,2026-10-01,gpt-4o,99999999999999999999,1", "not a whole number"),
    "no model": ("a,2026-10-01,,1,1", "model is missing"),
    "one column too few": ("a,2026-10-01", "missing columns"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_of_refused_rows_is_one_sentence(name: str, database: Path, write_csv: Callable[..., Path]) -> None:
    row, reason = BROKEN[name]
    with pytest.raises(LoadError, match=reason) as error:
        load_log(database, write_csv(row))
    assert "\n" not in str(error.value)
    assert "line 2" in str(error.value)
    assert not database.exists()


BYTES = {
    "empty.csv": (b"", "is empty"),
    "blank.jsonl": (b"\n\n", "only blank lines"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(64), "PNG picture"),
    "binary.csv": (bytes(range(256)), "binary file"),
    "utf16.csv": ("request_id,timestamp\na,b\n".encode("utf-16"), "UTF-16"),
    "latin1.csv": (
        b"request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-01,caf\xe9,1,1\n",
        "invalid encoding",
    ),
    "latin1.jsonl": (b'{"request_id": "caf\xe9"}\n', "UTF-8"),
    "truncated.csv.gz": (gzip.compress(b"request_id\n" + bytes(range(256)) * 4000)[:300], "truncated or damaged"),
    "header.csv": (b"request_id,timestamp,model,input_tokens,output_tokens\n", "no rows"),
    "missing.csv": (b"request_id,timestamp,model\na,b,c\n", "has no column input_tokens"),
    "text.txt": (b"hello\nworld\n", "has no column"),
    "broken.json": (b'[{"request_id": "a"', "cannot be read"),
    "broken.parquet": (b"PAR1" + bytes(100), "cannot be read"),
    "long.csv": (
        b"request_id,timestamp,model,input_tokens,output_tokens\n" + b"x" * 9_000_000 + b",b,c,1,1\n",
        "longer than 8 MB",
    ),
    "long.jsonl": (b'{"request_id": "' + b"x" * 9_000_000 + b'"}\n', "timestamp is missing"),
}


@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_log_is_one_sentence(name: str, database: Path, tmp_path: Path) -> None:
    content, reason = BYTES[name]
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(LoadError, match=reason) as error:
        load_log(database, file)
    assert "\n" not in str(error.value)
    assert not database.exists()


def test_ids_that_contradict_each_other_are_refused(database: Path, write_csv: Callable[..., Path]) -> None:
    with pytest.raises(LoadError, match="stands for different rows"):
        load_log(database, write_csv("a,2026-10-01,gpt-4o,1,1", "a,2026-10-01,gpt-4o,2,1"))
    result = load_log(
        database, write_csv("a,2026-10-01,gpt-4o,1,1", "a,2026-10-01,gpt-4o,2,1", "b,2026-10-01,gpt-4o,2,1")
    )
    assert (result.loaded, result.rejected) == (1, 2)


def test_a_missing_file_and_an_unknown_format_say_so(
    database: Path, write_csv: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(LoadError, match="no file"):
        load_log(database, tmp_path / "nowhere.csv")
    with pytest.raises(LoadError, match="not a file"):
        load_log(database, tmp_path)
    with pytest.raises(UsageError, match="no log format named 'csv'"):
        load_log(database, write_csv(ROW), format="csv")


def test_attempts_are_told_apart_from_requests(database: Path, write_csv: Callable[..., Path]) -> None:
    """Cost sums attempts, latency is end to end, counts count requests."""
    file = write_csv(
        "a1,2026-10-01T00:00:00Z,gpt-4o,100,0,L,1,error,200",
        "a2,2026-10-01T00:00:01Z,gpt-4o,100,50,L,2,ok,500",
        "b,2026-10-01T00:00:00Z,gpt-4o,100,50,,,ok,300",
        more="logical_id,attempt,status,latency_ms",
    )
    load_log(database, file)
    store = open_store(database)
    assert store.rows("SELECT request_id, is_request, request_latency_ms FROM requests ORDER BY 1") == [
        ("a1", False, 1500.0),
        ("a2", True, 1500.0),
        ("b", True, 300.0),
    ]
    sums = "sum(requests)::BIGINT, sum(attempts)::BIGINT, sum(failed_requests)::BIGINT, sum(failed_attempts)::BIGINT, sum(latency_ms)"
    assert store.rows(f"SELECT {sums} FROM rollup") == [(2, 3, 0, 1, 1800.0)]
    late = write_csv(
        "a3,2026-10-01T00:00:05Z,gpt-4o,100,50,L,3,ok,500", more="logical_id,attempt,status,latency_ms", name="late.csv"
    )
    load_log(database, late)
    assert open_store(database).rows("SELECT sum(requests)::BIGINT, sum(attempts)::BIGINT FROM rollup") == [(2, 4)]


def test_unknown_models_are_unpriced_and_free_ones_are_named(database: Path, write_csv: Callable[..., Path]) -> None:
    file = write_csv("a,2026-10-01,our-own-model,10,5,0.1", "b,2026-10-01,gpt-4o,10,5,0", more="cost_usd")
    result = load_log(database, file)
    assert result.unpriced == {"our-own-model": 1}
    rows = open_store(database).rows(
        "SELECT model, list_cost_usd IS NULL, unpriced, zero_billed FROM rollup ORDER BY model"
    )
    assert rows == [("gpt-4o", False, 0, 1), ("our-own-model", True, 1, 0)]


def test_prompts_are_kept_only_when_asked(database: Path, write_csv: Callable[..., Path], tmp_path: Path) -> None:
    file = write_csv(f"{ROW},What is six by seven?", more="prompt")
    load_log(database, file)
    chars, text = open_store(database).rows("SELECT prompt_chars, prompt FROM requests")[0]
    assert (chars, text) == (21, None)
    other = tmp_path / "kept.duckdb"
    load_log(other, file, keep_prompts=True)
    assert open_store(other).rows("SELECT prompt FROM requests") == [("What is six by seven?",)]


def test_other_columns_become_tags(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    record = {"request_id": "a", "timestamp": "2026-10-01", "model": "gpt-4o", "input_tokens": 1, "output_tokens": 1}
    lines = [
        json.dumps(record | {"tags": {"k": "v"}, "region": {"eu": 1}}),
        "",
        "nonsense",
        json.dumps(record | {"request_id": "b"}),
    ]
    file.write_text("\n".join(lines))
    result = load_log(database, file)
    assert (result.loaded, result.rejected, result.rejections[0].line) == (2, 1, 3)
    assert json.loads(open_store(database).rows("SELECT tags FROM requests WHERE request_id = 'a'")[0][0]) == {
        "k": "v",
        "region": {"eu": 1},
    }


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl", "json", "csv.gz", "jsonl.gz", "csv.zst"])
def test_every_container_gives_the_same_rows(suffix: str, database: Path, tmp_path: Path) -> None:
    query = (
        "SELECT 'r' || i AS request_id, TIMESTAMPTZ '2026-10-01' + to_minutes(i::INTEGER) AS timestamp, 'gpt-4o' AS model, "
        "i AS input_tokens, 2 * i AS output_tokens, i / 10.0 AS latency_ms, i % 2 = 0 AS batch FROM range(50) r(i)"
    )
    file = tmp_path / f"log.{suffix}"
    kind, _, compression = suffix.partition(".")
    options = {
        "csv": "FORMAT csv, HEADER",
        "parquet": "FORMAT parquet",
        "jsonl": "FORMAT json",
        "json": "FORMAT json, ARRAY true",
    }[kind]
    packed = {"": "", "gz": ", COMPRESSION gzip", "zst": ", COMPRESSION zstd"}[compression]
    with duckdb.connect() as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{file}' ({options}{packed})")
    assert load_log(database, file).loaded == 50
    found = open_store(database).rows(
        "SELECT sum(input_tokens)::BIGINT, sum(latency_ms), count(*) FILTER (batch) FROM requests"
    )
    assert found == [(1225, pytest.approx(122.5), 25)]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries({}, optional={
    "request_id": texts | st.integers(), "timestamp": texts | st.just("2026-10-01"), "model": texts | st.none(),
    "input_tokens": st.integers() | texts | st.floats(), "output_tokens": st.integers(0, 9), "quality": st.floats() | st.none(), "tags": texts,
}), min_size=1, max_size=8))  # fmt: skip
def test_every_row_is_accounted_for(rows: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the rows: loaded + duplicates + rejected = read, or a named error."""
    folder = tmp_path_factory.mktemp("rows")
    file = folder / "log.jsonl"
    head = {"request_id": "x", "timestamp": "2026-10-01", "model": "gpt-4o", "input_tokens": 1, "output_tokens": 1}
    file.write_text("\n".join(json.dumps(row) for row in [head, *rows]), encoding="utf-8")
    result = load_log(folder / "log.duckdb", file)
    assert result.read == len(rows) + 1
    assert result.loaded + result.duplicates + result.rejected == result.read
