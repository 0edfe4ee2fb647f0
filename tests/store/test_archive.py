"""Archives that are damaged, or that somebody made to do harm: one sentence, and nothing has changed."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from analytics.errors import StoreError
from analytics.logs import load_log
from analytics.prices.own import own_prices_file
from analytics.store import open_store, segments_folder
from analytics.store.archive import MANIFEST
from analytics.store.backup import backup, backup_kind, restore
from tests.store.conftest import everything

Change = Callable[[zipfile.ZipFile, zipfile.ZipFile], None]


def rewritten(archive: Path, out: Path, change: Change) -> Path:
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w") as new:
        change(old, new)
    return out


def copied(old: zipfile.ZipFile, new: zipfile.ZipFile, but: str = "") -> None:
    for entry in old.infolist():
        if entry.filename != but:
            new.writestr(entry.filename, old.read(entry))


def with_entry(name: str, content: bytes = b"x", listed: bool = True) -> Change:
    """Another entry, named in the manifest too."""

    def change(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
        copied(old, new, MANIFEST)
        manifest = json.loads(old.read(MANIFEST))
        if listed:
            manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        new.writestr(name, content)
        new.writestr(MANIFEST, json.dumps(manifest))

    return change


def bomb(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
    copied(old, new)
    new.writestr("settings/rates.toml", bytes(50_000_000), zipfile.ZIP_DEFLATED)


def in_the_manifest(
    change: Callable[[dict[str, object]], object],
) -> Change:
    def rewrite(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
        copied(old, new, MANIFEST)
        manifest = json.loads(old.read(MANIFEST))
        change(manifest)
        new.writestr(MANIFEST, json.dumps(manifest))

    return rewrite


STRANGE = {
    "path traversal": with_entry("../../outside.toml"),
    "an absolute path": with_entry("/tmp/outside.toml"),
    "a path in a segment": with_entry("segments/../../outside.parquet"),
    "a segment that the catalogue lacks": with_entry(f"segments/{'0' * 32}/requests.parquet"),
    "a file that is not in the manifest": with_entry("settings/rates.toml", listed=False),
    "another file": with_entry("notes.txt"),
    "a bomb": bomb,
    "no manifest": lambda old, new: copied(old, new, MANIFEST),
    "no catalogue": lambda old, new: copied(old, new, "catalogue.duckdb"),
    "a newer format": in_the_manifest(lambda manifest: manifest.update(routecast_backup=2)),
    "no list of files": in_the_manifest(lambda manifest: manifest.update(files=[1])),
    "no numbers": in_the_manifest(lambda manifest: manifest.update(files={"catalogue.duckdb": {"bytes": "many", "sha256": 1}})),
}  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_archives_are_refused(strange: str, filled: Path, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.zip")
    bad = rewritten(tmp_path / "b.zip", tmp_path / "bad.zip", STRANGE[strange])
    before = everything(tmp_path)
    target = tmp_path / "inner" / "deep" / "x.duckdb"
    with pytest.raises(StoreError, match="nothing was changed"):
        restore(bad, target)
    assert {name: content for name, content in everything(tmp_path).items() if not name.startswith("inner")} == before
    assert everything(target.parent) == {}


def test_a_catalogue_that_would_run_something_is_refused(filled: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(filled)) as connection:
        connection.execute("CREATE VIEW theirs AS SELECT * FROM read_text('/etc/hostname')")
    backup(filled, tmp_path / "b.zip")
    with pytest.raises(StoreError, match="more than tables"):
        restore(tmp_path / "b.zip", tmp_path / "copy.duckdb")


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").touch()
    for name, why in (("text", "no complete archive"), ("empty", "no complete archive"), ("missing", "No such file"), ("", "Is a directory")):  # fmt: skip
        with pytest.raises(StoreError, match=why):
            restore(tmp_path / name, tmp_path / "copy.duckdb")


def test_the_kind_is_told(filled: Path, tmp_path: Path) -> None:
    backup(filled, tmp_path / "b.zip")
    assert backup_kind(tmp_path / "b.zip") == "own"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    """A backup's bytes, and a place."""
    folder = tmp_path_factory.mktemp("archive")
    log = folder / "log.csv"
    log.write_text("request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-01,gpt-4o,10,5\n")
    load_log(folder / "log.duckdb", log)
    own_prices_file(folder / "log.duckdb").write_text("[aliases]\n")
    backup(folder / "log.duckdb", folder / "b.zip")
    return (folder / "b.zip").read_bytes(), folder


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_damage_is_told_in_one_sentence_and_changes_nothing(
    archive: tuple[bytes, Path], data: st.DataObject
) -> None:
    whole, folder = archive
    damage = bytearray(whole)
    # The manifest and the table of contents are at the end: look there as often as anywhere.
    start = data.draw(st.sampled_from([0, len(whole) - 6000]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(start, len(damage) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "zero", "insert"]))
        if kind == "flip":
            damage[at] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del damage[at : at + data.draw(st.integers(1, 5000))]
        elif kind == "zero":
            damage[at : at + 64] = bytes(len(damage[at : at + 64]))
        else:
            damage[at:at] = data.draw(st.binary(min_size=1, max_size=40))
        start = min(start, len(damage) - 1)
    file, target = folder / "bad.zip", folder / "target" / "log.duckdb"
    file.write_bytes(damage)
    try:
        restore(file, target)
    except StoreError as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert "\n" not in said
        assert not target.parent.exists() or everything(target.parent) == {}
    else:  # what does not matter was hit (a time stamp in the archive, a number nobody reads): all of it is there
        assert open_store(target).rows("SELECT request_id FROM requests") == [("a",)]
        restored = [content for name, content in everything(target.parent).items() if "parquet" in name]
        original = [part.read_bytes() for part in segments_folder(folder / "log.duckdb").rglob("*.parquet")]
        assert sorted(restored) == sorted(original)
        shutil.rmtree(target.parent)
