"""A planted anomaly is found, named and taken apart; quiet histories give almost none."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.charts.forecast_words import anomaly_sentence
from analytics.forecast import Anomaly, find_anomalies
from analytics.forecast.anomalies import is_odd, log_days, unusual
from analytics.forecast.breaks import level_shifts
from analytics.forecast.daily import DailySpend
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store

FIRST = date(2026, 9, 1)
DAYS = 49
ODD = date(2026, 10, 14)
TEAMS = {"growth": ("code", "chat"), "platform": ("chat", "code"), "support": ("chat", "triage")}


def traffic(
    tmp_path: Path, requests: float = 1.0, tokens: float = 1.0, model: str = "gpt-4o", last: date = ODD
) -> Store:
    """Three teams, two use cases each; from ODD to `last` growth's code requests are multiplied as given."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        weekend = 0.4 if day.weekday() > 4 else 1.0
        for team, cases in TEAMS.items():
            for case in cases:
                planted = ODD <= day <= last and (team, case) == ("growth", "code")
                many = round(40 * weekend * rng.normal(1, 0.03) * (requests if planted else 1))
                for one in range(many):
                    at = datetime(day.year, day.month, day.day) + timedelta(minutes=15 * (one * 96 // many))
                    size = round(10_000 * (tokens if planted else 1))
                    rows.append((f"{number}{team}{case}{one}", at, model if planted else "gpt-4o", size, 0, team, case))
    columns = ["request_id", "timestamp", "model", "input_tokens", "output_tokens", "team", "use_case"]
    file = tmp_path / "traffic.parquet"
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(file)
    load_log(tmp_path / "log.duckdb", file)
    return open_store(tmp_path / "log.duckdb")


def only(store: Store) -> Anomaly:
    found = find_anomalies(store, Scope())
    assert found is not None
    assert [one.day for one in found] == [ODD]
    return found[0]


def test_four_times_the_requests_of_one_team_and_use_case(tmp_path: Path) -> None:
    anomaly = only(traffic(tmp_path, requests=4))
    # 40 requests of 10,000 tokens at $2.50 per million are a dollar: the day is $6, and $3 above.
    assert anomaly.usual_usd == pytest.approx(6.0, rel=0.05)
    assert anomaly.excess_usd == pytest.approx(3.0, rel=0.1)
    cause = anomaly.cause
    assert cause is not None
    assert cause.segment == (("use_case", "code"), ("team", "growth"))
    assert cause.share == pytest.approx(1.0, abs=0.1)
    assert cause.volume_ratio == pytest.approx(4.0, rel=0.06)
    assert cause.volume_usd == pytest.approx(cause.spend_usd - cause.usual_usd, rel=0.01)
    assert cause.tokens_ratio == pytest.approx(1.0)
    assert cause.price_ratio == pytest.approx(1.0)
    words = anomaly_sentence(anomaly)
    assert words.startswith("On 14 October spend was $")
    assert "above the usual Wednesday" in words
    assert "from team growth's code requests" in words
    assert "times as many)" in words


def test_longer_requests_are_told_from_more_requests(tmp_path: Path) -> None:
    cause = only(traffic(tmp_path, tokens=3)).cause
    assert cause is not None
    assert cause.tokens_ratio == pytest.approx(3.0, rel=0.01)
    assert cause.volume_ratio == pytest.approx(1.0, abs=0.06)
    parts = [cause.volume_usd, cause.tokens_usd, cause.price_usd]
    assert sum(part for part in parts if part is not None) == pytest.approx(cause.spend_usd - cause.usual_usd)


def test_a_dearer_model_is_told_by_price(tmp_path: Path) -> None:
    # gpt-4-turbo's input is $10 per million: four times gpt-4o's.
    anomaly = only(traffic(tmp_path, model="gpt-4-turbo"))
    assert anomaly.cause is not None
    assert ("model", "gpt-4-turbo") in anomaly.cause.segment or anomaly.cause.price_ratio == pytest.approx(4.0)


def test_a_lasting_shift_is_told_once(tmp_path: Path) -> None:
    anomaly = only(traffic(tmp_path, requests=4, last=date(2026, 12, 31)))
    assert anomaly.kind == "shift"
    assert anomaly.excess_usd / anomaly.usual_usd == pytest.approx(0.5, abs=0.07)
    assert anomaly.cause is not None
    assert dict(anomaly.cause.segment) == {"team": "growth", "use_case": "code"}
    assert anomaly_sentence(anomaly).startswith("Since 14 October spend is $")


def test_all_alike_names_nobody(tmp_path: Path) -> None:
    store = traffic(tmp_path)
    assert find_anomalies(store, Scope()) == []
    assert find_anomalies(store, Scope(end=FIRST + timedelta(days=10))) is None


def test_quiet_histories_have_almost_none_and_loud_days_are_found() -> None:
    false, found = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        day = np.arange(90)
        usd = np.exp(7 + 0.003 * day + np.where(day % 7 > 4, -0.7, 0.0) + rng.normal(0, 0.08, 90))
        false += int(_odd(usd).sum())
        at = int(rng.integers(90))
        usd[at] *= 1.8
        found += bool(_odd(usd)[at])
    assert false <= 0.002 * 40 * 90
    assert found >= 38


def _odd(usd: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    history = DailySpend(FIRST, usd, np.ones(usd.size, bool), 0.0, 0.0, datetime(2026, 12, 1), ())
    logs = log_days(history)
    return is_odd(history, *unusual(logs, level_shifts(logs)))
