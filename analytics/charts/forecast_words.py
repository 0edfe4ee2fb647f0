"""Forecast, budgets and anomalies in sentences and tables: plain text, to be escaped where Markdown is written."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from analytics.charts.format import UNKNOWN, interval, money, share
from analytics.currency import NO_RATES, USD, Currency, Rates
from analytics.forecast import Anomaly, BudgetStatus, Cause, Crossing, MonthEnd
from analytics.forecast.anomalies import LEAST_DAYS
from analytics.forecast.budgets import title

if TYPE_CHECKING:
    import polars as pl

METHODS = {
    "structural": "level, weekday and slope of up to 16 weeks, lasting shifts and odd days set apart",
    "weekday": "the mean of each weekday, with a wide interval: the history is short or has days without spend",
}
# A part of the excess that is this large is the story; without one, the split is told in full.
MAIN_PART = 0.6
RARE, UNLIKELY, LIKELY, SURE = 0.01, 0.05, 0.5, 0.95


def spelled(day: date) -> str:
    """14 October."""
    return f"{day.day} {day:%B}"


def month_sentence(month: MonthEnd, rates: Rates = NO_RATES, code: str = "USD") -> str:
    """What is spent and where the month is heading, with its interval."""
    month, currency = month.converted(rates, code), rates.latest(code).unit
    total = month.total()
    spent = f"{money(month.spent_usd, currency=currency)} this {month.month:%B} so far"
    if total.mean is None:
        return f"{spent}; no forecast: {month.reason}"
    sure = interval(money(total.low, currency=currency), money(total.high, currency=currency))
    if not month.spent_usd:  # the log ends where the month begins
        return f"{money(total.mean, currency=currency)} expected in {month.month:%B} ({sure})"
    return f"{spent}, {money(total.mean, currency=currency)} expected by {spelled(month.last_day)} ({sure})"


def month_note(month: MonthEnd) -> str:
    """What stands behind a forecast."""
    words = f"Spend at list price up to {month.history.until:%Y-%m-%d %H:%M}"
    if month.begins > month.month:
        words += f", from {month.begins} on, where the log begins"
    words += "."
    if month.method is not None:
        words += f" Forecast by {METHODS[month.method]}; intervals cover 95%."
    if month.unpriced:
        words += f" {month.unpriced:,} attempts of this month have no price and are not in the spend."
    return words


def budget_answer(
    statuses: Sequence[BudgetStatus], month: MonthEnd | None, rates: Rates = NO_RATES, code: str = "USD"
) -> str:
    """The page's answer in a sentence. Give rates that are `fixed`: budgets in USD are compared at one rate."""
    if not statuses:
        heading = "no spend is known in this scope" if month is None else month_sentence(month, rates, code)
        return f"No budget is set yet; {heading}."
    safe = [one for one in statuses if (one.within_probability or 0.0) >= LIKELY]
    unknown = [one for one in statuses if one.within_probability is None]
    worst = worst_first(statuses)[0]
    name = title(worst.budget.kind, worst.budget.name)
    limit = money(worst.budget.monthly_usd, currency=rates.latest(code))
    said = f"the budget of {name} ({limit}) {crossing_words(worst)}."
    if len(statuses) == 1:
        return f"T{said[1:]}"
    known = len(statuses) - len(unknown)
    if len(safe) == known:
        which = "budgets with a forecast" if unknown else "budgets"
        return f"{'Both' if known == 2 else f'All {known}'} {which} are likely to hold; {said}"
    if not safe:
        return f"No budget is likely to hold; {said}"
    return f"{len(safe)} of {known} budgets {'is' if len(safe) == 1 else 'are'} likely to hold; {said}"


def worst_first(statuses: Sequence[BudgetStatus]) -> list[BudgetStatus]:
    """Least likely to hold first; of two the one with more of it expected; unknown ones last."""

    def order(status: BudgetStatus) -> tuple[float, float]:
        mean = status.month.total().mean if status.month else None
        within = 2.0 if status.within_probability is None else status.within_probability
        return within, -(mean or 0.0) / status.budget.monthly_usd

    return sorted(statuses, key=order)


def crossing_words(status: BudgetStatus) -> str:
    """When a budget is crossed, with the uncertainty in words; follows the budget's name."""
    if status.month is None:
        return "has no known spend in the log yet"
    if status.within_probability is None:
        return "has no forecast"
    crossing = status.crossing
    if crossing is not None and crossing.crossed:
        return f"was crossed on {spelled(crossing.day)}"
    if crossing is None or crossing.probability < UNLIKELY:
        return "is not expected to be crossed this month"
    if crossing.probability < LIKELY:
        return f"may be crossed ({crossing.probability:.0%}), then {_about(crossing)}"
    if crossing.probability < SURE:
        return f"is likely to be crossed ({crossing.probability:.0%}), {_about(crossing)}"
    return f"is expected to be crossed {_about(crossing)}"


def _about(crossing: Crossing) -> str:
    about = f"about {spelled(crossing.day)}"
    if crossing.early == crossing.late:
        return about
    return f"{about} ({crossing.early.day} to {spelled(crossing.late)})"


def budget_table(statuses: Sequence[BudgetStatus], rates: Rates = NO_RATES, code: str = "USD") -> "pl.DataFrame":
    """One row of text per budget."""
    import polars as pl

    return pl.DataFrame([_budget_row(one, rates, code) for one in statuses])


def _budget_row(status: BudgetStatus, rates: Rates, code: str) -> dict[str, object]:
    currency = rates.latest(code)
    month = None if status.month is None else status.month.converted(rates, code)
    total = None if month is None else month.total()
    write = partial(money, currency=currency.unit)
    within = status.within_probability
    crossed = status.crossing is not None and status.crossing.crossed
    return {
        "Budget": title(status.budget.kind, status.budget.name),
        "Monthly": money(status.budget.monthly_usd, currency=currency),
        "Stays within": UNKNOWN if within is None else "no" if crossed else _chance(within),
        "Expected": write(total.mean) if total else UNKNOWN,
        "Expected interval": interval(write(total.low), write(total.high)) if total else UNKNOWN,
        "Spent so far": write(month.spent_usd) if month else UNKNOWN,
        "Used": 100 * status.month.spent_usd / status.budget.monthly_usd if status.month else None,
        "When": crossing_words(status).removeprefix("is expected to be "),
    }


def _chance(probability: float) -> str:
    """A probability from 1,000 draws: never a certainty about the future."""
    if probability < RARE:
        return "under 1%"
    return "over 99%" if probability > 1 - RARE else f"{probability:.0%}"


def anomaly_sentence(anomaly: Anomaly, rates: Rates = NO_RATES, code: str = "USD") -> str:
    """On 14 October spend was $1,920, $640 above the usual Tuesday: 85% of it from team growth's code requests (4.0 times as many)."""
    currency = rates.at(code, anomaly.day) if code != "USD" else USD
    write = partial(money, currency=currency)
    side = "above" if anomaly.excess_usd >= 0 else "below"
    if anomaly.kind == "day":
        said = f"On {spelled(anomaly.day)} spend was {write(anomaly.spend_usd)}, {write(abs(anomaly.excess_usd))} {side} the usual {anomaly.day:%A}"
    else:
        change = f"{anomaly.excess_usd / anomaly.usual_usd:+.0%}"
        said = f"Since {spelled(anomaly.day)} spend is {write(abs(anomaly.excess_usd))} a day {side} what it was ({change})"
    return f"{said}: {cause_words(anomaly.cause, currency)}."


def anomaly_sentences(found: Sequence[Anomaly] | None, rates: Rates = NO_RATES, code: str = "USD") -> list[str]:
    """One sentence per anomaly; without any, one that says why."""
    if found is None:
        return [f"Fewer than {LEAST_DAYS} whole days are logged: too few to know what is usual."]
    return [anomaly_sentence(one, rates, code) for one in found] or ["No day left its weekly pattern."]


def cause_words(cause: Cause | None, currency: Currency = USD) -> str:
    """How much of the excess one segment explains, and how it moved."""
    if cause is None:
        return "no single part of the traffic stands out"
    return f"{share(cause.share, 0)} of it from {segment_words(dict(cause.segment))} ({_moved(cause, currency)})"


def segment_words(segment: dict[str, str]) -> str:
    """team growth's code requests to gpt-4o in staging."""
    words = f"team {segment['team']}'s " if "team" in segment else ""
    words += f"{segment['use_case']} requests" if "use_case" in segment else "requests"
    words += f" to {segment['model']}" if "model" in segment else ""
    return words + (f" in {segment['environment']}" if "environment" in segment else "")


def _moved(cause: Cause, currency: Currency) -> str:
    if cause.volume_usd is None or cause.tokens_usd is None or cause.price_usd is None:
        return "new" if cause.spend_usd > cause.usual_usd else "they stopped"
    whole = cause.spend_usd - cause.usual_usd
    parts = [
        (cause.volume_usd / whole, f"{cause.volume_ratio:.1f} times as many"),
        (cause.tokens_usd / whole, f"{cause.tokens_ratio:.1f} times the tokens per request"),
        (cause.price_usd / whole, f"{cause.price_ratio:.1f} times the price per token"),
    ]
    part, words = max(parts)
    if part >= MAIN_PART:
        return words
    return ", ".join(
        f"{money(usd, currency=currency)} by {name}"
        for usd, name in (
            (cause.volume_usd, "volume"), (cause.tokens_usd, "tokens per request"), (cause.price_usd, "price and mix")
        )
    )  # fmt: skip
