"""The command line has every number of the Budgets page."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.cli import main
from tests.conftest import WriteCsv


@pytest.fixture
def log(database: Path, write_csv: WriteCsv) -> Path:
    """Six weeks of $10 a day by team a (gpt-4o: 4,000,000 input tokens), then ten days' worth in one day."""
    rows = []
    for number in range(42):
        day = date(2026, 9, 1) + timedelta(days=number)
        times = 5 if number == 39 else 1
        rows += [
            f"{number}-{one},{day}T{one % 24:02d}:00:00Z,gpt-4o,{4_000_000 // 20},0,a" for one in range(20 * times)
        ]
        rows.append(f"{number}-end,{day}T23:50:00Z,gpt-4o,1,0,b")
    assert main(["load", str(write_csv(*rows, more="team")), "--db", str(database), "--json"]) == 0
    return database


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: dict[str, Any] = json.loads(captured.out)
    return found


def test_forecast_says_spend_and_expectation(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "forecast", "--db", str(log))
    # 42 days from 1 September end with 12 October; the 40th, 10 October, had five times its $10.
    assert (found["month"], found["as_of"]) == ("2026-10", "2026-10-13T00:00:00")
    assert found["spent_usd"] == pytest.approx(11 * 10 + 50, abs=0.01)
    # One odd day is no reason to expect more of them.
    assert found["expected_usd"]["mean"] == pytest.approx(160 + 19 * 10, rel=0.02)
    assert found["straight_line_usd"] == pytest.approx(160 / 12 * 31, rel=1e-4)
    assert len(found["days"]) == 19
    assert set(found["days"][0]) == {"day", "mean", "low", "high"}


def test_budgets_are_set_listed_and_removed(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "budget", "list", "--db", str(log)) == {"budgets": []}
    set_one = answer(capsys, "budget", "set", "300", "--team", "a", "--db", str(log))
    assert set_one == {"kind": "team", "name": "a", "monthly_usd": 300.0}
    answer(capsys, "budget", "set", "1000", "--db", str(log))
    total, team = answer(capsys, "budget", "list", "--db", str(log))["budgets"]
    assert (total["kind"], total["within_probability"], total["crossing"]) == ("total", 1.0, None)
    assert team["within_probability"] == 0.0
    # $160 by the 12th and $10 a day: $300 after 14 more, crossed on the 27th or, just, the 26th.
    assert team["crossing"]["day"] in ("2026-10-26", "2026-10-27")
    answer(capsys, "budget", "remove", "--team", "a", "--db", str(log))
    assert len(answer(capsys, "budget", "list", "--db", str(log))["budgets"]) == 1
    assert main(["budget", "remove", "--team", "a", "--db", str(log)]) == 1
    assert "no budget of team a" in capsys.readouterr().err


def test_anomalies_name_the_day_and_the_cause(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = answer(capsys, "anomalies", "--db", str(log))["anomalies"]
    assert (found["day"], found["kind"]) == ("2026-10-10", "day")
    assert found["excess_usd"] == pytest.approx(40, rel=0.02)
    assert "spend was $50.00, $40.00 above the usual Saturday" in found["sentence"]


def test_an_unknown_zone_is_one_sentence(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        answer(capsys, "forecast", "--db", str(log), "--time-zone", "Asia/Calcutta")["as_of"] == "2026-10-13T05:30:00"
    )
    assert main(["forecast", "--db", str(log), "--time-zone", "Mars"]) == 1
    assert "no time zone 'Mars'" in capsys.readouterr().err
