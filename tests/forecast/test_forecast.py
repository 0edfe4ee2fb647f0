"""Month-end forecasts: sums by hand, better than the straight line, honest when there is little to go by."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.currency import Rate, Rates
from analytics.forecast import MonthEnd, month_end
from analytics.forecast.daily import daily_spend
from analytics.forecast.days_ahead import days_ahead
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store
from tests.conftest import WriteCsv
from tests.forecast.histories import KINDS, Kind
from tests.forecast.scored import simulated

# gpt-4o: $2.50 per million input tokens, so 400,000 tokens are a dollar.
DOLLAR = 400_000
WEEK = (10, 12, 12, 11, 10, 4, 3)


def load(database: Path, write_csv: WriteCsv, spend: dict[datetime, float], team: str = "growth") -> Store:
    """A log with one request of that many dollars at each instant."""
    rows = [
        f"{team}-{number},{at.isoformat()},gpt-4o,{round(usd * DOLLAR)},0,{team}"
        for number, (at, usd) in enumerate(spend.items())
    ]
    load_log(database, write_csv(*rows, more="team", name=f"{team}.csv"))
    return open_store(database)


def noons(first: date, days: int) -> dict[datetime, float]:
    """A dollar pattern by weekday at noon UTC, and a cent at 23:50 so that the log ends with the day."""
    found = {}
    for number in range(days):
        day = first + timedelta(days=number)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        found[noon] = float(WEEK[day.weekday()])
        found[noon.replace(hour=23, minute=50)] = 0.01
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_better_than_the_straight_line_and_the_intervals_hold(kind: Kind) -> None:
    score = simulated(kind, 8)
    assert score.error < 0.5 * score.line_error
    assert abs(np.mean(score.ours)) < 0.01
    assert np.mean(score.held_95) >= 0.93
    assert 0.72 <= np.mean(score.held_80) <= 0.97
    assert np.mean(score.width) < 0.12  # holding by being endless would be no merit


def test_the_total_is_what_is_spent_plus_the_days_to_come(database: Path, write_csv: WriteCsv) -> None:
    store = load(database, write_csv, noons(date(2026, 8, 31), 7 * 6))  # Monday 31 August to Sunday 11 October
    month = month_end(store, Scope())
    assert month is not None
    assert (month.month, month.begins, month.last_day) == (date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 31))
    # 1 October is a Thursday: Thu Fri Sat Sun, then a week.
    assert month.spent_usd == pytest.approx(11 + 10 + 4 + 3 + sum(WEEK) + 11 * 0.01)
    assert month.days == tuple(date(2026, 10, day) for day in range(12, 32))
    # Two weeks and Monday to Saturday: the pattern has no noise, so the forecast is it.
    assert month.total().mean == pytest.approx(month.spent_usd + 2 * sum(WEEK) + sum(WEEK[:6]) + 20 * 0.01, rel=0.01)
    assert month.straight_line_usd == pytest.approx(month.spent_usd / 11 * 31)
    assert month.reason is None
    total = month.total(0.8)
    assert month.total().low < total.low < total.mean < total.high < month.total().high  # type: ignore[operator]
    assert month.cumulative()[-1].high == pytest.approx(month.total().high)
    assert [one.mean for one in month.cumulative()] == sorted(one.mean or 0 for one in month.cumulative())
    assert sum(one.mean or 0 for one in month.day_totals()) == pytest.approx(
        (month.total().mean or 0) - month.spent_usd
    )


def test_a_day_that_is_not_over_is_no_drop(database: Path, write_csv: WriteCsv) -> None:
    spend = noons(date(2026, 8, 31), 7 * 6)
    for day in range(6):  # every day half of it in the morning
        spend[datetime(2026, 10, 6 + day, 9, tzinfo=UTC)] = 0.0
    morning = {at.replace(hour=9): usd / 2 for at, usd in spend.items() if at.hour == 12}
    noon = {at: usd / 2 for at, usd in spend.items() if at.hour == 12}
    evening = {at: usd for at, usd in spend.items() if at.hour == 23}
    today = datetime(2026, 10, 12, 9, tzinfo=UTC)
    store = load(database, write_csv, morning | noon | evening | {today: 5.0, today.replace(hour=10): 0.0})
    month = month_end(store, Scope())
    assert month is not None
    assert month.history.until == datetime(2026, 10, 12, 10, 15)
    assert month.history.running_usd == pytest.approx(5.0)
    assert month.history.running_share == pytest.approx(0.5, abs=0.01)
    # A Monday is $10: the five that are spent and the five that usually follow.
    assert month.day_totals()[0].mean == pytest.approx(10.0, rel=0.03)
    assert month.days[0] == date(2026, 10, 12)


def test_short_histories_fall_back_and_say_so(database: Path, write_csv: WriteCsv) -> None:
    spend = noons(date(2026, 10, 1), 20)
    store = load(database, write_csv, spend)

    def seen(day: int) -> MonthEnd:
        found = month_end(store, Scope(end=date(2026, 10, day)))
        assert found is not None
        return found

    none, few, enough = seen(2), seen(10), seen(20)
    assert none.draws is None
    assert none.total().mean is None
    assert none.reason == "the log holds 2 whole days up to here, and a forecast needs 3"
    assert none.spent_usd == pytest.approx(21.02)
    assert (few.method, enough.method) == ("weekday", "structural")
    wide, narrow = few.total(), enough.total()
    truth = sum(WEEK[date(2026, 10, day).weekday()] + 0.01 for day in range(1, 32))
    assert wide.low < truth < wide.high  # type: ignore[operator]
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)  # type: ignore[operator]


def test_two_very_noisy_weeks_do_not_promise_a_fortune() -> None:
    """Days between a third and three times of $150: the mean of exponentials must stay near what was spent."""
    usd = np.exp(5 + np.random.default_rng(1).normal(0, 0.8, 14))
    found = days_ahead(usd, date(2026, 9, 1), 30)
    assert found is not None
    assert 0.5 * usd.mean() < found.draws.mean() < 2 * usd.mean()


def test_a_team_that_rests_on_weekends_has_no_spend_forecast_there() -> None:
    usd = np.array([10.0, 11, 12, 11, 10, 0, 0] * 6)
    found = days_ahead(usd, date(2026, 8, 31), 14)
    assert found is not None
    assert found.method == "weekday"
    assert found.draws[:, [5, 6, 12, 13]].max() == 0.0
    assert found.draws[:, 0].mean() == pytest.approx(10.0, rel=0.05)


def test_a_first_day_that_is_half_logged_is_unknown(database: Path, write_csv: WriteCsv) -> None:
    spend = {at.replace(hour=hour): usd / 2 for at, usd in noons(date(2026, 9, 1), 10).items() for hour in (1, 12, 23)}
    first = min(spend)
    whole = daily_spend(load(database, write_csv, spend), Scope())
    late = database.with_name("late.duckdb")
    half = daily_spend(load(late, write_csv, {at: usd for at, usd in spend.items() if at != first}), Scope())
    assert whole is not None
    assert half is not None
    assert whole.known.all()
    assert list(half.known) == [False] + [True] * 9


def test_gaps_of_the_log_are_unknown_not_zero(database: Path, write_csv: WriteCsv) -> None:
    spend = {at: usd for at, usd in noons(date(2026, 8, 31), 42).items() if at.day not in (15, 16)}
    store = load(database, write_csv, spend)
    history = daily_spend(store, Scope())
    assert history is not None
    assert [history.day(int(place)).day for place in np.flatnonzero(~history.known)] == [15, 16]
    full = days_ahead(np.array([WEEK[n % 7] for n in range(42)], float), date(2026, 8, 31), 14)
    gapped = days_ahead(history.fitted, history.first, 14)
    assert full is not None
    assert gapped is not None
    assert gapped.draws.sum(axis=1).mean() == pytest.approx(full.draws.sum(axis=1).mean(), rel=0.02)


def test_forecasts_are_the_same_every_time(database: Path, write_csv: WriteCsv) -> None:
    store = load(database, write_csv, noons(date(2026, 8, 31), 40))
    one, other = month_end(store, Scope()), month_end(store, Scope())
    assert one is not None
    assert other is not None
    assert one.total() == other.total()


@pytest.mark.parametrize(("zone", "day", "hours"), [("Europe/Berlin", date(2026, 3, 29), 23), ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23), ("Australia/Lord_Howe", date(2026, 4, 5), 24.5)])  # fmt: skip
def test_days_of_23_and_25_hours_add_up(
    database: Path, write_csv: WriteCsv, zone: str, day: date, hours: float
) -> None:
    """A request every quarter of an hour over five days, summed by DuckDB and by plain Python's zoneinfo."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    spend = {start + timedelta(minutes=15 * number): 0.01 * (1 + number % 7) for number in range(5 * 96)}
    store = load(database, write_csv, spend)
    expected: dict[date, float] = {}
    for at, usd in spend.items():
        local = at.astimezone(ZoneInfo(zone)).date()
        expected[local] = expected.get(local, 0.0) + usd
    count = sum(at.astimezone(ZoneInfo(zone)).date() == day for at in spend)
    assert count == hours * 4
    history = daily_spend(store, Scope(time_zone=zone))
    assert history is not None
    found = {history.day(number): float(usd) for number, usd in enumerate(history.usd)}
    found[history.today] = history.running_usd
    assert found == pytest.approx(expected)
    assert sum(found.values()) == pytest.approx(sum(spend.values()))


def test_history_is_converted_at_the_rate_of_its_day_and_the_future_at_the_latest(
    database: Path, write_csv: WriteCsv
) -> None:
    store = load(database, write_csv, noons(date(2026, 8, 31), 42))
    month = month_end(store, Scope())
    rates = Rates((Rate("EUR", date(2026, 1, 1), 1.25), Rate("EUR", date(2026, 10, 5), 2.0)))
    assert month is not None
    euros = month.converted(rates, "EUR")
    # Thursday to Sunday at 1.25, the week from Monday the 5th at 2.
    assert euros.spent_usd == pytest.approx((11 + 10 + 4 + 3 + 0.04) / 1.25 + (sum(WEEK) + 0.07) / 2)
    assert euros.total().mean == pytest.approx(euros.spent_usd + ((month.total().mean or 0) - month.spent_usd) / 2)
    assert month.converted(rates, "USD") is month
