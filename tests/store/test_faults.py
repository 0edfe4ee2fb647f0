"""What a machine can do to a database: each fault gets a sentence, and nothing is lost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import Mock

import duckdb
import pytest

from analytics import settings
from analytics.cli import main
from analytics.errors import StoreError
from analytics.logs import load_log
from analytics.saved import list_saved, save_item
from analytics.store import open_store, segments_folder, write_transaction
from analytics.store.segments import LATER_TABLES, SEGMENT_TABLES
from tests.store.conftest import WriteCsv, everything, totals

# A disk that takes no more than so many bytes of any one file: the limit is the child's alone.
LIMITED = """
import resource, sys
from analytics.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(main(sys.argv[2:]))
"""


def run(program: Sequence[str], *arguments: str) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(settings.home)}
    return subprocess.Popen([sys.executable, *program, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that a command fails with."""
    assert main(arguments) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.count("\n") == 1
    return found.err


@pytest.mark.parametrize("spare", [-1, 100_000])
def test_a_full_disk(spare: int, filled: Path, tmp_path: Path) -> None:
    """Full when the catalogue is copied, and when it has grown by what is loaded."""
    pairs = tmp_path / "many.csv"
    rows = "".join(f"q{number},gpt-4o,1,{os.urandom(30).hex()}\n" for number in range(20_000))
    pairs.write_text("prompt_id,model,quality,prompt\n" + rows)
    before, kept = totals(filled), everything(tmp_path)
    limit = str(filled.stat().st_size + spare)
    process = run(["-c", LIMITED, limit], "outcomes", str(pairs), "--db", str(filled))
    _, errors = process.communicate()
    assert process.returncode == 1
    assert errors == f"routecast: {filled} could not be written (File too large): free space or choose another place.\n"
    assert totals(filled) == before
    assert everything(tmp_path) == kept
    assert main(["outcomes", str(pairs), "--db", str(filled)]) == 0


def test_a_folder_that_cannot_be_written(
    filled: Path,
    tmp_path: Path,
    write_csv: WriteCsv,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The system's word is made up: whoever is root may write anywhere."""
    more = str(write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))
    before = everything(tmp_path)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
    assert "is read-only" in said(capsys, "load", more, "--db", str(filled))
    assert "can be written" in said(capsys, "backup", "--out", str(tmp_path / "b.zip"), "--db", str(filled))
    assert main(["audit", "--db", str(filled)]) == 0
    assert everything(tmp_path) == before


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied", "/the/file")


def test_files_that_belong_to_somebody_else(
    filled: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = str(write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))
    with monkeypatch.context() as patch:
        patch.setattr("fcntl.flock", refuse)
        assert "/the/file could not be written (Permission denied)" in said(capsys, "load", more, "--db", str(filled))
    with monkeypatch.context() as patch:
        patch.setattr("analytics.store.reader._read", refuse)
        patch.setattr("analytics.store.reader._open", {})
        assert "/the/file cannot be read (Permission denied)" in said(capsys, "audit", "--db", str(filled))
    assert totals(filled)[0] == 5


def test_what_nobody_foresaw_is_one_line_too(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def defect(*_: object) -> None:
        raise ValueError("three\nlines\nof it")

    monkeypatch.setattr("analytics.audit.audit_totals", defect)
    assert "ValueError: three): ROUTECAST_TRACEBACK=1" in said(capsys, "audit", "--db", str(filled))
    interrupt = RuntimeError("Query interrupted")  # what DuckDB makes of Ctrl-C
    monkeypatch.setattr("analytics.audit.audit_totals", Mock(side_effect=interrupt))
    assert said(capsys, "audit", "--db", str(filled)) == "routecast: stopped; nothing was changed.\n"
    monkeypatch.setattr("analytics.audit.audit_totals", defect)
    monkeypatch.setenv("ROUTECAST_TRACEBACK", "1")
    with pytest.raises(ValueError, match="three"):
        main(["audit", "--db", str(filled)])


@pytest.mark.parametrize("table", SEGMENT_TABLES)
def test_a_missing_file_is_never_an_empty_one(table: str, filled: Path, write_csv: WriteCsv) -> None:
    folder = next(segments_folder(filled).iterdir())
    (folder / f"{table}.parquet").unlink()
    if table in LATER_TABLES:  # as in a segment of an earlier version
        assert totals(filled)[0] == 5
        return
    with pytest.raises(StoreError, match=rf"{table}\.parquet .*is missing\. Restore"):
        totals(filled)
    if table == "requests":  # what is known by its request_id must be looked up there
        with pytest.raises(StoreError, match="missing or damaged"):
            load_log(filled, write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))


def test_a_catalogue_that_is_cut_or_overwritten(filled: Path, write_csv: WriteCsv, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    whole = filled.read_bytes()
    more = str(write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))
    for bad in (b"", whole[:5000], whole[:12288] + b"\xff" * (len(whole) - 12288), os.urandom(20_000)):
        filled.write_bytes(bad)
        for command in (["audit"], ["load", more], ["report", "--out", str(filled.with_name("r.csv"))]):
            assert "damaged" in said(capsys, *command, "--db", str(filled))
        assert filled.read_bytes() == bad
    filled.write_bytes(whole)
    assert totals(filled)[0] == 5


def test_a_clock_that_goes_backwards(filled: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written in the future is neither lost nor hidden, and nothing that is in use is cleared away."""
    far = time.time() + 10 * 86400
    for entry in [filled, *segments_folder(filled).rglob("*")]:
        os.utime(entry, (far, far))
    store = open_store(filled)
    first = save_item(store, "scenario", "Growth", "{}")
    with write_transaction(filled, "own", "a test") as transaction:
        transaction.catalogue.execute("UPDATE saved SET saved_at = saved_at + INTERVAL 10 DAY")
        transaction.catalogue.execute("UPDATE loads SET loaded_at = loaded_at + INTERVAL 10 DAY")
    load_log(filled, write_csv("c,2026-10-03,gpt-4o,1,1", name="third.csv"))
    second = save_item(open_store(filled), "scenario", "Growth", '{"growth": 2}', item=first.item)
    assert (totals(filled)[0], second.version) == (6, 2)
    assert [one.content for one in list_saved(open_store(filled))] == ['{"growth": 2}']
    assert [row[0] for row in open_store(filled).rows("SELECT load_id FROM loads ORDER BY load_id")] == [1, 2, 3, 4]


def test_two_processes_write_while_two_read(database: Path, write_csv: WriteCsv) -> None:
    """Both loads are whole in the end; whoever reads meanwhile sees 1, 1 + 3000 or 1 + 6000 calls."""
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    files = [write_csv(*(f"{name}{number},2026-10-02,gpt-4o,10,5" for number in range(3000)), name=f"{name}.csv") for name in "bc"]  # fmt: skip
    reader = (
        "import json, sys, time\nfrom analytics.store import open_store\nseen = set()\nend = time.time() + 60\n"
        + (
            "while time.time() < end and 6001 not in seen:\n"
            "    seen |= {tuple(open_store(sys.argv[1]).rows('SELECT (SELECT count(*) FROM requests), "
            "(SELECT sum(requests)::BIGINT FROM rollup)')[0])[i] for i in (0, 1)}\n"
            "print(json.dumps(sorted(seen)))"
        )
    )
    readers = [run(["-c", reader], str(database)) for _ in range(2)]
    writers = [run(["-m", "analytics"], "load", str(file), "--db", str(database), "--json") for file in files]
    results = [writer.communicate() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], results
    assert [json.loads(out)["loaded"] for out, _ in results] == [3000, 3000]
    for process in readers:
        out, errors = process.communicate()
        assert errors == ""
        assert set(json.loads(out)) <= {1, 3001, 6001}
    assert open_store(database).rows("SELECT count(DISTINCT request_id) FROM requests") == [(6001,)]


def test_a_query_that_is_wrong_is_not_called_damage(filled: Path) -> None:
    with pytest.raises(duckdb.BinderException):
        open_store(filled).rows("SELECT nothing FROM requests")
