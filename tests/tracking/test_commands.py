"""adopt, track, rollout and the demo's second month on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from analytics import settings
from analytics.cli import main

MULTI = str(settings.architectures_dir / "multi-model.toml")


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: dict[str, Any] = json.loads(captured.out)
    return found


def test_adopt_then_track(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = ("--db", str(demo))
    adopted = answer(capsys, "adopt", MULTI, "--name", "Autumn", "--note", "try", "--requests-per-month", "30000", *db)
    assert (adopted["name"], adopted["from"], adopted["note"]) == ("Autumn", "2026-11-01", "try")
    month = adopted["projection"]["monthly_cost_usd"]["mean"]
    assert adopted["per_request"]["cost_per_request_usd"]["mean"] == pytest.approx(month / 30_000)
    assert [one["name"] for one in answer(capsys, "adopt", "--list", *db)["adoptions"]] == ["Autumn"]
    assert answer(capsys, "track", *db)["total"] is None
    month_two = answer(capsys, "demo", "--month", "2", *db)
    assert (month_two["adoption"], month_two["from"]) == ("Multi-model", "2026-11-01")
    found = answer(capsys, "track", "--adoption", "Autumn", *db)
    assert found["adoption"]["name"] == "Autumn"
    assert found["alarms"][0]["measure"] == "cost_per_request_usd"
    assert "claude-sonnet-4-5 in code" in found["alarms"][0]["sentence"]
    cost = found["total"]["cost_usd"]
    assert cost["expected"] + sum(cost["parts"].values()) == pytest.approx(cost["actual"])
    assert set(cost["parts"]) == {"volume", "mix", "routing", "tokens", "price"}
    # 30 of a month's 365.25 / 12 days at the adopted volume.
    assert found["total"]["expected_requests"] == pytest.approx(30_000 * 30 / (365.25 / 12))
    answer(capsys, "adopt", "--remove", "Autumn", *db)
    assert main(["track", "--adoption", "Autumn", *db]) == 1
    assert "there is Multi-model" in capsys.readouterr().err


def test_rollout_writes_the_stages(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "stages"
    arguments = ["rollout", MULTI, "--stages", "10,100", "--tolerate", "0.04", "--out", str(folder), "--db", str(demo)]
    found = answer(capsys, *arguments)
    assert [one["share"] for one in found["stages"]] == [0.1, 1.0]
    assert found["stages"][0]["new_scores"] == pytest.approx(0.1 * found["stages"][0]["scores"])
    assert sorted(file.name for file in folder.iterdir()) == ["multi-model-10.toml", "multi-model-100.toml"]
    assert (folder / "multi-model-10.toml").read_text() == found["stages"][0]["toml"]
    assert main(["rollout", MULTI, "--stages", "ten", "--db", str(demo)]) == 1
    assert "no list of percents" in capsys.readouterr().err


def test_mistakes_are_one_sentence(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", "--db", str(demo)]) == 1
    assert "Name the architecture file" in capsys.readouterr().err
    assert main(["track", "--db", str(demo), "--time-zone", "Mars"]) == 1
    assert "no time zone 'Mars'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["adopt", MULTI, "--from", "yesterday", "--db", str(demo)])
    assert "2026-11-01" in capsys.readouterr().err
