"""Reading a warehouse again and again: nothing twice, late calls counted, and a sentence for whatever does not work."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from analytics.cli import main
from analytics.engines import Window
from analytics.errors import LoadError, SourceError, UsageError
from analytics.logs import load_log
from analytics.logs.reprice import preview_reprice, reprice
from analytics.sources import Source, SyncResult, read_sources, save_sources, sync_sources
from analytics.sources import sync as engine
from analytics.store import open_store
from analytics.traffic.segment import ROLLUPS
from analytics.warehouse.windows import windows_to_read
from tests.warehouse.nasty import START, Row, nasty_rows, write_rows
from tests.warehouse.same import deviations

DAY = timedelta(days=1)
FIRST, NOW = datetime(2026, 8, 1, 7, tzinfo=UTC), datetime(2026, 8, 20, 15, tzinfo=UTC)


def at(day: int) -> datetime:
    return datetime(2026, 8, day, tzinfo=UTC)


def test_windows_cover_all_time_and_cut_at_midnight() -> None:
    assert windows_to_read(None, FIRST, NOW, 3 * DAY) == (Window(None, at(17)), Window(at(17)))
    # The open window grows day by day, and is cut when it is twice as long as calls are waited for.
    assert windows_to_read(at(17), None, NOW + 2 * DAY, 3 * DAY) == (Window(at(17)),)
    assert windows_to_read(at(17), None, NOW + 3 * DAY, 3 * DAY) == (Window(at(17), at(20)), Window(at(20)))
    long = windows_to_read(None, FIRST - 200 * DAY, NOW, 3 * DAY)
    assert len(long) == 4
    assert long[0].begins is None
    assert all(one.ends == other.begins for one, other in pairwise(long))


class _Days:
    """A clock that stands on a day of the log."""

    day = 6.0

    @classmethod
    def now(cls, zone: object) -> datetime:
        return START + timedelta(days=cls.day)


def sync(
    database: Path, rows: list[Row], file: Path, day: float, monkeypatch: pytest.MonkeyPatch, again: bool = False
) -> SyncResult:
    """Sync on a day, when the lake holds the rows up to then."""
    _Days.day = day
    monkeypatch.setattr(engine, "datetime", _Days)
    write_rows([row for row in rows if row["timestamp"] is None or row["timestamp"] < _Days.now(None)], file)
    if not read_sources(database):
        save_sources(database, (Source("lake", "warehouse", "duckdb://", table=str(file), source="warehouse"),))
    result = sync_sources(database, again=again)[0]
    assert result.error is None
    return result


def test_days_are_added_and_the_last_ones_replaced(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = nasty_rows(400, 12.0, seed=3)
    # A call that is logged a day late.
    late = next(row for row in rows if row["timestamp"] and row["timestamp"] > START + timedelta(days=5, hours=12))
    early = [row for row in rows if row["request_id"] != late["request_id"]]
    file = tmp_path / "lake.parquet"
    sync(database, early, file, 6.5, monkeypatch)
    before = open_store(database).rows("SELECT sum(attempts), count(*) FROM segments")
    sync(database, early, file, 6.5, monkeypatch)
    assert open_store(database).rows("SELECT sum(attempts), count(*) FROM segments") == before
    for day in (7.5, 10.5, 12.5):
        sync(database, rows, file, day, monkeypatch)
    store = open_store(database)
    assert store.rows("SELECT count(*) FROM warehouse_segments")[0][0] >= 3
    whole = tmp_path / "whole.duckdb"
    load_log(whole, file, source="warehouse")
    assert store.rows("SELECT sum(read), sum(loaded), sum(rejected) FROM loads") == open_store(whole).rows("SELECT sum(read), sum(loaded), sum(rejected) FROM loads")  # fmt: skip
    # Deviations of sessions are taken within a segment, here as in a log that is loaded in parts.
    monkeypatch.setattr(
        "tests.warehouse.same.ROLLUPS", ("rollup", "classes", "class_scores", "latency_histogram", "speed_histogram")
    )
    assert max(worst for _, worst in deviations(whole, database).values()) < 1e-9
    result = sync(database, rows, file, 12.5, monkeypatch, again=True)
    sums = sum(open_store(database).rows(f"SELECT count(*) FROM {name}")[0][0] for name in ROLLUPS)
    # Besides the sums: which models there are, the first call, and per window its span and why rows were refused.
    assert sums < result.transferred < sums + 100
    assert max(worst for _, worst in deviations(whole, database).values()) < 1e-9


def test_a_log_is_here_or_there(lake: Path, nasty: object, tmp_path: Path, database: Path) -> None:
    file = write_rows(nasty_rows(5, 1.0), tmp_path / "more.parquet")
    with pytest.raises(LoadError, match="warehouse 'lake'"):
        load_log(lake, file)
    for price_anew in (lambda: preview_reprice(open_store(lake)), lambda: reprice(lake)):
        with pytest.raises(UsageError, match="sync lake --again"):
            price_anew()
    load_log(database, file)
    save_sources(database, (Source("lake", "warehouse", "duckdb://", table=str(file)),))
    assert "holds a log that was loaded" in str(sync_sources(database)[0].error)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"table": "nowhere.parquet"}, "answered"),
        ({"columns": (("model", "modell"),)}, "no column 'modell'"),
        ({"url": "postgres://reader@192.0.2.1:1/x", "table": "x"}, "192.0.2.1 is at the private or loopback address"),
        ({"url": "duckdb://", "key_env": "WAREHOUSE_PASSWORD"}, "WAREHOUSE_PASSWORD is not set"),
    ],
)
def test_what_does_not_work_is_said(changes: dict[str, object], said: str, database: Path, tmp_path: Path) -> None:
    file = write_rows(nasty_rows(5, 1.0), tmp_path / "log.parquet")
    save_sources(database, (replace(Source("w", "warehouse", "duckdb://", table=str(file)), **changes),))  # type: ignore[arg-type]
    assert said in str(sync_sources(database)[0].error)
    assert not database.exists()


def test_a_source_of_the_file_is_checked(database: Path) -> None:
    for source, said in (
        (Source("w", "warehouse", "duckdb://"), "table is missing"),
        (Source("w", "warehouse", "duckdb://", table="x", columns=(("modell", "x"),)), "no column 'modell'"),
        (Source("w", "litellm", "https://llm.example.com", "LITELLM_KEY", table="x"), "for warehouses only"),
    ):
        with pytest.raises(SourceError, match=said):
            save_sources(database, (source,))
    good = Source("w", "warehouse", "duckdb://", table="x.parquet", columns=(("model", "m"), ("timestamp", "t")))
    save_sources(database, (good,))
    assert read_sources(database) == (good,)


def test_the_command_says_what_came_here(nasty: object, lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "--db", str(lake)]) == 0
    assert "stay there" in capsys.readouterr().out
