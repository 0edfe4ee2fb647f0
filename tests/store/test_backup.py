"""Backup and restore: everything comes back, nothing changes unless all of it is right, and nothing strange gets in."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from analytics.errors import StoreError
from analytics.logs import load_log
from analytics.logs.mapping import mappings_file
from analytics.prices.own import own_prices_file
from analytics.sidebyside.endpoints import endpoints_file
from analytics.sidebyside.ledger import run_file
from analytics.sources.config import sources_file
from analytics.store import backup as module
from analytics.store import segments_folder, write_transaction
from analytics.store.archive import SETTINGS
from analytics.store.backup import backup, restore, settings_file
from tests.store.conftest import RUN, WriteCsv, everything, totals


def test_everything_comes_back(filled: Path, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "b.zip")
    assert (made.segments, made.size) == (2, (tmp_path / "b.zip").stat().st_size)
    copy = tmp_path / "elsewhere" / "copy.duckdb"
    restore(tmp_path / "b.zip", copy)
    assert totals(copy) == totals(filled) == (5, 23, pytest.approx((23 * 2.5 + 25 * 10) / 1e6), 2)
    assert own_prices_file(copy).read_bytes() == own_prices_file(filled).read_bytes()
    assert run_file(copy, RUN).read_bytes() == run_file(filled, RUN).read_bytes()
    names = {file.name for file in copy.parent.iterdir()}
    assert names == {f"copy.duckdb{end}" for end in ("", ".lock", ".segments", ".prices.toml", ".runs")}
    # It can be written to like any other, and a row that was in the backup is still known.
    with write_transaction(copy, "own", "a test"):
        pass
    assert totals(copy) == totals(filled)


def test_the_settings_are_those_that_the_program_keeps() -> None:
    database = Path("/x/log.duckdb")
    files = (mappings_file, own_prices_file, sources_file, endpoints_file)
    assert {settings_file(database, name) for name in SETTINGS} == {one(database) for one in files} | {
        Path("/x/log.duckdb.rates.toml")
    }


def test_a_database_is_given_up_only_when_asked(filled: Path, tmp_path: Path, write_csv: WriteCsv) -> None:
    backup(filled, tmp_path / "b.zip")
    before = totals(filled)
    load_log(filled, write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))
    settings_file(filled, "rates").write_text("")
    with pytest.raises(StoreError, match="--replace"):
        restore(tmp_path / "b.zip", filled)
    assert totals(filled)[0] == 6
    run_file(filled, RUN).write_text('{"order": 1}\n{"answered": "since"}\n')
    restore(tmp_path / "b.zip", filled, replace=True)
    assert totals(filled) == before
    assert not settings_file(filled, "rates").exists()
    assert "since" in run_file(filled, RUN).read_text()  # answers that were paid for are never lost
    filled.unlink()
    with pytest.raises(StoreError, match=r"prices\.toml exists"):
        restore(tmp_path / "b.zip", filled)


def test_a_damaged_database_is_restored(filled: Path, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.zip")
    before = totals(filled)
    for file in segments_folder(filled).rglob("*.parquet"):
        file.write_bytes(b"PAR1 what a broken disk returns")
    filled.write_bytes(b"no database")
    with pytest.raises(StoreError, match="damaged"):
        backup(filled, tmp_path / "c.zip")
    restore(tmp_path / "b.zip", filled, replace=True)
    assert totals(filled) == before
    assert not (tmp_path / "c.zip").exists()


def test_a_backup_of_a_moment_while_loads_go_on(
    filled: Path, tmp_path: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of it the log is replaced and cleared away by two writes: the backup is still of one version."""
    monkeypatch.setattr("analytics.store.segments.ORPHAN_GRACE_SECONDS", -1.0)
    before = totals(filled)
    add = module._add_segment

    def meanwhile(*arguments: object) -> None:
        if not gone:
            gone.append(1)
            writer = threading.Thread(target=write)
            writer.start()
            writer.join()
        add(*arguments)  # type: ignore[arg-type]

    def write() -> None:
        load_log(filled, write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))
        for _ in range(2):
            with write_transaction(filled, "own", "a test") as transaction:
                transaction.catalogue.execute("DELETE FROM segments")

    gone: list[int] = []
    monkeypatch.setattr(module, "_add_segment", meanwhile)
    backup(filled, tmp_path / "b.zip")
    assert totals(filled)[0] == 0
    assert len(list(segments_folder(filled).iterdir())) == 3
    restore(tmp_path / "b.zip", tmp_path / "copy.duckdb")
    assert totals(tmp_path / "copy.duckdb") == before
    with write_transaction(filled, "own", "a test"):
        pass
    assert list(segments_folder(filled).iterdir()) == []  # nobody holds them any more


def test_a_failed_restore_changes_nothing(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup(filled, tmp_path / "b.zip")
    database = tmp_path / "there" / "log.duckdb"
    restore(tmp_path / "b.zip", database)
    before = everything(database.parent)
    beside = module._restore_beside

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_restore_beside", full)
    with pytest.raises(StoreError, match="No space left on device"):
        restore(tmp_path / "b.zip", database, replace=True)
    assert everything(database.parent) == before
    monkeypatch.setattr(module, "_restore_beside", beside)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda place: SimpleNamespace(free=1000))
    with pytest.raises(StoreError, match=r"needs \d+ MB and .* has 0 MB free"):
        restore(tmp_path / "b.zip", database, replace=True)
    assert everything(database.parent) == before


def test_places_that_no_backup_is_written_to(filled: Path, tmp_path: Path) -> None:
    before = everything(tmp_path)
    for out, why in (
        (filled, "part of the database"),
        (segments_folder(filled) / "b.zip", "part of the database"),
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "b.zip", "lies in no folder"),
    ):
        with pytest.raises(StoreError, match=why):
            backup(filled, out)
    assert everything(tmp_path) == before
