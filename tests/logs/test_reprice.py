"""Re-pricing: every number but the list costs stays, and those are what a load at today's prices would have given."""

from pathlib import Path

import polars as pl
import pytest

from analytics.logs import load_log
from analytics.logs.demo import build_demo
from analytics.logs.reprice import ModelChange, preview_reprice, reprice
from analytics.store import SEGMENT_TABLES, Store, open_store, segments_folder
from tests.conftest import WriteCsv

MORE = "provider,logical_id,attempt,status,cache_read_tokens,batch,origin,cache_hit,other_cost_usd,latency_ms"
ROWS = (
    "a-1,2026-10-01T00:00:00Z,gpt-4o,1000,0,openai,a,1,error,0,,,,,100",
    "a-2,2026-10-01T00:00:09Z,claude-sonnet-4-5,1000,100,anthropic,a,2,ok,0,,,,,200",
    "b,2026-10-01T01:00:00Z,gpt-4o,250000,5,openai,,,ok,1000,true,,,,300",
    "c,2026-10-02T01:00:00Z,house,1000000,5,,,,ok,0,,,,0.5,300",
    "d,2026-10-02T02:00:00Z,gpt-4o,10,5,openai,,,ok,0,,judge,,,",
    "e,2026-10-02T03:00:00Z,gpt-4o,10,5,openai,,,ok,0,,,true,,1",
    "f,2026-10-03T03:00:00Z,prod,2000,5,openai,,,ok,0,,,,,1",
)
PRICES = """
[[price]]
model = "house"
input = 2
output = 0

[aliases]
prod = "gpt-4o-mini"

[discounts]
openai = 0.5
"""


def prices_file(database: Path) -> Path:
    return database.with_name(database.name + ".prices.toml")


def contents(store: Store) -> dict[str, pl.DataFrame]:
    """All tables, in an order of their own: sums may differ in the last digit."""
    found = {}
    for table in (*SEGMENT_TABLES, "prices"):
        frame = store.frame(f"FROM {table}")
        exact = [name for name, kind in frame.schema.items() if kind != pl.Float64]
        found[table] = frame.sort(exact, nulls_last=True)
    return found


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    for table, frame in one.items():
        for name, kind in frame.schema.items():
            left, right = frame[name], other[table][name]
            close = (
                left.is_null().equals(right.is_null()) and ((left - right).abs().max() or 0.0) < 1e-9
                if kind == pl.Float64
                else left.equals(right)
            )
            if not close:
                print(table, name, left, right)
                return False
    return True


def test_repricing_is_what_a_load_at_these_prices_gives(tmp_path: Path, write_csv: WriteCsv) -> None:
    file = write_csv(*ROWS, more=MORE)
    before, after = tmp_path / "before.duckdb", tmp_path / "after.duckdb"
    load_log(before, file)
    for database in (before, after):
        prices_file(database).write_text(PRICES)
    load_log(after, file)
    reprice(before)
    assert same(contents(open_store(before)), contents(open_store(after)))
    # ... and back again: an own price that is gone leaves nothing behind.
    prices_file(before).unlink()
    reprice(before)
    fresh = tmp_path / "fresh.duckdb"
    load_log(fresh, file)
    ours, theirs = open_store(before), open_store(fresh)
    columns = "request_id, model, list_cost_usd, cache_saving_usd"
    assert ours.rows(f"SELECT {columns} FROM requests ORDER BY 1") == theirs.rows(
        f"SELECT {columns} FROM requests ORDER BY 1"
    )


def test_the_preview_says_what_happens_and_changes_nothing(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,house,1000000,0", "b,2026-10-01,gpt-4o,2000000,0"))
    prices_file(database).write_text(PRICES)
    expected = preview_reprice(open_store(database))
    assert (expected.attempts, expected.unpriced_before, expected.unpriced_after) == (2, 1, 0)
    assert (expected.before_usd, expected.after_usd) == (pytest.approx(5.0), pytest.approx(2.5 + 2.0))
    assert expected.changes == (ModelChange("gpt-4o", 1, 5.0, 2.5), ModelChange("house", 1, None, 2.0))
    assert open_store(database).rows("SELECT sum(list_cost_usd) FROM rollup") == [(5.0,)]
    assert reprice(database) == expected
    assert preview_reprice(open_store(database)).changes == ()


def test_repricing_at_the_same_prices_changes_no_number(tmp_path: Path) -> None:
    demo = tmp_path / "demo.duckdb"
    build_demo(demo, requests=5_000)
    before = contents(open_store(demo))
    assert reprice(demo, "demo").changes == ()
    assert same(before, contents(open_store(demo)))


def test_an_error_leaves_the_log_as_it_was(
    database: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,0"))
    load_log(database, write_csv("b,2026-10-01,gpt-4o,1000,0", name="more.csv"))
    before, folders = database.read_bytes(), sorted(segments_folder(database).iterdir())

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analytics.logs.reprice._renew_prices", fail)
    with pytest.raises(Exception, match="free space"):
        reprice(database)
    assert database.read_bytes() == before
    assert sorted(segments_folder(database).iterdir()) == folders


def test_readers_keep_the_old_segments_for_a_while(database: Path, write_csv: WriteCsv) -> None:
    import os

    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,0"))
    reader = open_store(database)
    for folder in segments_folder(database).iterdir():
        os.utime(folder, (0, 0))
    reprice(database)
    reprice(database)
    assert reader.rows("SELECT count(*) FROM requests") == [(1,)]


def test_an_empty_log_has_nothing_to_reprice(database: Path) -> None:
    from analytics.store import write_transaction

    with write_transaction(database, "own", "test"):
        pass
    assert preview_reprice(open_store(database)).attempts == 0
    assert reprice(database).changes == ()
