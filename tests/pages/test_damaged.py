"""A database whose disk failed: every page says which file, and what to do; none draws numbers from what is left."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics import settings
from analytics.logs.demo import build_demo
from analytics.store import segments_folder
from tests.pages.test_pages import PAGES, start, texts

Damage = Callable[[Path], object]


def garbled(file: Path) -> None:
    """What the file says of itself stays, what it holds does not."""
    content = file.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    file.write_bytes(content[:4] + b"\xff" * (len(content) - footer - 4) + content[-footer:])


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "demo.duckdb"
    build_demo(path, requests=2_000)
    monkeypatch.setattr(settings, "demo_database", lambda: path)
    monkeypatch.setattr(settings, "own_database", lambda: tmp_path / "own.duckdb")
    monkeypatch.setattr(settings, "default_database", lambda: path)
    return path


@pytest.mark.parametrize("page", PAGES)
def test_garbled_segments(page: str, demo: Path) -> None:
    for file in segments_folder(demo).rglob("*.parquet"):
        garbled(file)
    app = start(page)
    assert not app.exception
    said = [one.value for one in app.error]
    assert all("is damaged" in one or "missing or damaged" in one for one in said), said
    # Only what the catalogue itself holds can still be shown.
    assert said or page in ("present/saved.py", "manage/sources.py", "route/side_by_side.py", "audit/reconciliation.py", "manage/prices.py")  # fmt: skip


def test_a_disk_that_refuses_is_named(demo_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/var/upload.csv")

    monkeypatch.setattr("pages.shared.cached.read_count", full)
    app = start("audit/requests.py")
    (said,) = [one.value for one in app.error]
    assert "/var/upload.csv could not be read or written (No space left on device): free space" in said


MISSING = {
    "a segment": lambda demo: [file.unlink() for file in segments_folder(demo).rglob("*.parquet")],
    "a roll-up": lambda demo: next(segments_folder(demo).rglob("rollup.parquet")).unlink(),
    "half a file": lambda demo: (file := next(segments_folder(demo).rglob("classes.parquet"))).write_bytes(file.read_bytes()[:500]),
    "the catalogue": lambda demo: demo.write_bytes(demo.read_bytes()[:9000]),
}  # fmt: skip


@pytest.mark.parametrize("damage", MISSING)
@pytest.mark.parametrize("page", ["decide/overview.py", "audit/requests.py", "manage/sources.py"])
def test_what_is_gone_is_named(page: str, damage: str, demo: Path) -> None:
    MISSING[damage](demo)
    app = start(page)
    assert not app.exception
    (said,) = [one.value for one in app.error]
    assert "backup" in said
    assert "Load a log to begin" not in texts(app)
