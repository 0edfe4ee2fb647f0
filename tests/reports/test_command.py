"""routecast report: what it prints, and that a file is there whole or not at all."""

import json
import os
from pathlib import Path

import pytest

from analytics import settings
from analytics.cli import main
from analytics.reports import Facts, compose_report, write_report
from analytics.reports import write as writing

RULES = str(settings.architectures_dir / "multi-model.toml")


def test_path_and_bytes(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "board.CSV"
    assert main(["report", "--out", str(out), RULES, "--db", str(demo), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"path": str(out), "bytes": out.stat().st_size}
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == ["architecture", "current", "Multi-model"]


def test_without_architectures_it_compares_what_overview_compares(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.csv"
    assert main(["report", "--out", str(out), "--db", str(demo)]) == 0
    names = [line.split(",")[0] for line in out.read_text().splitlines()[1:]]
    assert names == ["current", "Single Opus", "Single Sonnet", "Multi-model"]
    assert "Move to Multi-model: it saves $" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"), [("r.doc", ".pptx"), ("r", ".html"), ("nowhere/r.html", "folder"), ("", "no known kind")]
)
def test_a_wrong_place_is_refused_before_anything_is_worked_out(
    name: str,
    said: str,
    demo: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analytics.reports.facts.gather_facts", lambda *_: pytest.fail("worked out for nothing"))
    assert main(["report", "--out", str(tmp_path / name), "--db", str(demo)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "r.csv"
    report = compose_report(facts)
    assert write_report(report, out) == out.stat().st_size
    any_file = tmp_path / "any"
    any_file.touch()
    assert out.stat().st_mode == any_file.stat().st_mode
    any_file.unlink()
    before = out.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(writing.UsageError, match="No space left"):
        write_report(report, out)
    assert out.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["r.csv"]
