"""What came of a projection, in sentences and tables. Sentences are Markdown's plain text: pages escape them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from analytics.charts.format import UNKNOWN, change, count, interval, money, points, seconds, share
from analytics.currency import USD, Currency
from analytics.tracking import Adoption, Alarm, Cause, Measure, Period, Tracking
from analytics.tracking.looks import FALSE_ALARMS

if TYPE_CHECKING:
    import polars as pl

NAMES: dict[Measure, str] = {"cost": "Cost per request", "latency": "Average latency", "quality": "Quality"}
PARTS = {
    "volume": "more or fewer requests",
    "mix": "other kinds of requests",
    "routing": "requests off the plan",
    "tokens": "longer or shorter prompts and answers",
    "price": "prices",
    "length": "longer or shorter answers",
    "speed": "slower or faster models",
    "answers": "better or worse answers",
}


def day_text(day: date) -> str:
    """9 November."""
    return f"{day.day} {day:%B}"


def amount(measure: Measure, value: float | None, currency: Currency = USD) -> str:
    """A value of a measure; cost per thousand requests, which people can read."""
    if measure == "cost":
        return money(None if value is None else 1000 * value, currency=currency)
    return seconds_precise(value) if measure == "latency" else share(value)


def seconds_precise(value: float | None) -> str:
    """0.61 s: weeks differ by less than a tenth."""
    return UNKNOWN if value is None else f"{value:,.2f} s"


def difference(measure: Measure, actual: float | None, projected: float | None) -> str:
    """18% above, or 1.2 points below."""
    if actual is None or projected is None:
        return UNKNOWN
    side = "above" if actual >= projected else "below"
    if measure == "quality":
        return f"{points(actual - projected).removeprefix('+').removeprefix('-')} {side}"
    return f"{abs(actual / projected - 1) * 100:.0f}% {side}" if projected else UNKNOWN


def alarm_sentence(alarm: Alarm) -> str:
    """What left the projection, since when, and the largest cause."""
    seen = alarm.comparison
    text = f"{NAMES[alarm.measure]} is {difference(alarm.measure, seen.actual, seen.projected)} the projection since {day_text(alarm.since)}"
    if not alarm.causes:
        return f"{text}; no single use case or model explains it."
    cause = alarm.causes[0]
    explains = "all" if cause.share >= 0.995 else f"{cause.share * 100:.0f}%"
    return f"{text}: {cause_phrase(cause)}; that explains {explains} of it."


def cause_phrase(cause: Cause) -> str:
    """What changed, as a clause."""
    place = f" in {cause.use_case or 'requests without a use case'}"
    before, after = cause.before, cause.after
    if cause.kind in ("answers", "length", "prompts"):
        what = "prompts to" if cause.kind == "prompts" else "answers of"
        if not before or after is None:
            return f"{what} {cause.model}{place} have another length"
        ratio = after / before
        size = f"{ratio:.1f} times as long" if abs(ratio - 1) >= 0.095 else f"{change(ratio - 1, 1.0)} in length"
        return (
            f"{what} {cause.model}{place} got {size}"
            if abs(ratio - 1) >= 0.095
            else f"{what} {cause.model}{place} changed by {size}"
        )
    if cause.kind == "price":
        dearer = "" if not before or after is None else f" ({change(after - before, before)} per token)"
        return f"the price of {cause.model} changed{dearer}"
    if cause.kind == "routing":
        left = "" if not after else f" ({share(after)} of them)"
        return (
            f"requests{place} went to other models than planned{left}"
            if after
            else f"calls{place} are split otherwise than planned"
        )
    if cause.kind == "mix":
        name = cause.use_case or "Requests without a use case"
        return f"{name} is {share(after)} of the traffic instead of {share(before)}"
    if cause.kind == "speed":
        return f"{cause.model}{place} took {seconds_precise(after)} instead of {seconds_precise(before)} for answers of the same length"
    return f"answers of {cause.model}{place} scored {share(after)} instead of {share(before)}"


def tracking_answer(tracking: Tracking, currency: Currency = USD) -> str:
    """Did it come true? One sentence with numbers."""
    total, adoption = tracking.total, tracking.adoption
    if total is None:
        return (
            f"Nothing to compare yet: no request since {adoption.name} was adopted from {day_text(adoption.starts)} on."
        )
    worse = [one for one in tracking.alarms if not one.better]
    usd, quality = total.usd, total.measures["quality"]
    verdict = "No" if worse else "Better than projected" if tracking.alarms else "So far, yes"
    days = f"{total.days} {'day' if total.days == 1 else 'days'}"
    if usd is None:
        cost = "its cost was never projected"
    else:
        projected = total.measures["cost"].projected or 0.0
        cost = (
            f"{days} of {adoption.name} cost {money(usd.actual, currency=currency)} where {money(projected * total.requests, currency=currency)} "
            f"was projected for as many requests ({change(usd.actual - projected * total.requests, projected * total.requests)})"
        )
    latency = total.measures["latency"]
    waits = f"{seconds_precise(latency.actual)} per answer instead of {seconds_precise(latency.projected)}"
    good, moved = "no answer was scored", quality.difference
    if moved.mean is not None:
        low, high = (points(side).removesuffix(" points") for side in (moved.low, moved.high))
        good = (
            f"quality {share(quality.actual)} instead of {share(quality.projected)} ({points(moved.mean)}, "
            f"95% interval {interval(low, high)})"
        )
    elif quality.actual is not None:
        good = f"quality {share(quality.actual)}, which was never projected"
    return f"{verdict}: {cost}, {waits}, {good}."


def causes_sentences(tracking: Tracking, measure: Measure) -> list[str]:
    """The largest causes of a measure's difference since the adoption, each with its part of it."""
    found = tracking.causes.get(measure, ())
    return [f"{_capital(cause_phrase(one))} ({one.share * 100:.0f}% of the difference)." for one in found]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def week_title(tracking: Tracking, measure: Measure) -> str:
    """What the chart of the weeks shows."""
    judged = [one.measures[measure] for one in tracking.weeks if one.measures[measure].low is not None]
    outside = sum(1 for one in judged if one.outside)
    if not judged:
        return f"{NAMES[measure]}: no whole week to judge yet"
    weeks = f"{len(judged)} {'week' if len(judged) == 1 else 'weeks'}"
    return (
        f"{NAMES[measure]} left its band in {outside} of {weeks}"
        if outside
        else f"{NAMES[measure]} stayed within its band in {weeks}"
    )


def parts_sentence(period: Period, currency: Currency = USD) -> str:
    """The parts of the cost's difference in one sentence that adds up."""
    usd = period.usd
    if usd is None:
        return "A model of the plan has no price, so its cost cannot be compared."
    named = ", ".join(f"{PARTS[name]} {_signed(value, currency)}" for name, value in usd.named().items())
    return (
        f"Projected {money(usd.expected, currency=currency)}, actual {money(usd.actual, currency=currency)}: "
        f"{_signed(usd.actual - usd.expected, currency)} of which {named}."
    )


def _signed(usd: float, currency: Currency) -> str:
    cents = round(usd, 2) + 0.0  # a thousandth of a cent is the noise of rounding; -0.0 becomes 0.0
    return f"{'+' if cents >= 0 else ''}{money(cents, currency=currency)}"


def week_table(tracking: Tracking, currency: Currency = USD) -> "pl.DataFrame":
    """Every week as text: projected against actual, what the difference is made of, and whether it was judged."""
    import polars as pl

    return pl.DataFrame([_week_row(one, currency) for one in tracking.weeks])


def _week_row(week: Period, currency: Currency) -> dict[str, str]:
    row = {
        "Week": f"{day_text(week.first)}" + ("" if week.days == 7 else f" ({week.days} d)"),
        "Requests": count(week.requests),
    }
    for measure, name in NAMES.items():
        seen = week.measures[measure]
        row["Cost per 1,000" if measure == "cost" else name] = amount(measure, seen.actual, currency)
        row[f"{measure.capitalize()}, may be"] = (
            "not judged"
            if seen.low is None
            else interval(amount(measure, seen.low, currency), amount(measure, seen.high, currency))
        )
    row["On plan"] = share(week.adherence)
    if week.usd is not None:
        row["Cost"] = money(week.usd.actual, currency=currency)
        row |= {name.capitalize(): _signed(value, currency) for name, value in week.usd.named().items()}
    return row


def use_case_table(tracking: Tracking, currency: Currency = USD) -> "pl.DataFrame":
    """Every use case: projected for the classes it had, and actual."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "Use case": one.use_case or "unknown",
                "Requests": count(one.requests),
                "Cost per 1,000": amount("cost", one.cost_usd[1], currency),
                "Projected cost": amount("cost", one.cost_usd[0], currency),
                "Average latency": seconds_precise(one.latency_s[1]),
                "Projected latency": seconds_precise(one.latency_s[0]),
                "Quality": share(one.quality[1]),
                "Projected quality": share(one.quality[0]),
                "Scores": count(one.scores),
            }
            for one in tracking.use_cases
        ]
    )


def adoption_table(known: Sequence[Adoption], currency: Currency = USD) -> "pl.DataFrame":
    """All adoptions with what was projected."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "Adopted": one.name,
                "From": one.starts.isoformat(),
                "Monthly cost": money(one.projection["monthly_cost_usd"]["mean"], "unpriced", currency),
                "Average latency": seconds(one.latency_s.mean),
                "Quality": share(one.quality.mean),
                "By": one.author,
                "Note": one.note,
            }
            for one in known
        ]
    )


def tracking_footnote(tracking: Tracking, currency: Currency = USD) -> str:
    """How it was compared."""
    adoption, total = tracking.adoption, tracking.total
    kept = f"projected on {adoption.baseline_days:,.0f} days of log for {count(adoption.requests_per_month)} requests a month"
    scored = (
        ""
        if total is None or total.quality is None
        else f", {share(total.quality.known_share, 0)} of the traffic has scores"
    )
    unpriced = (
        f" {share(tracking.unpriced_share)} of the calls have no price and cost nothing here."
        if tracking.unpriced_share
        else ""
    )
    return (
        f"{adoption.name} was {kept}; cost is list price, with overheads as the architecture states them{scored}. The difference is taken "
        "apart in a fixed order (volume, mix, routing, tokens, price), each step at what the others were projected to be, so that the parts "
        "add up. Whole weeks are judged; their band holds the projection's interval and the week's own chance, widened so that all looks at "
        f"all measures together raise a false alarm in at most {share(FALSE_ALARMS, 0)} of adoptions, however long they run.{unpriced}"
        + (f" Amounts of all days are shown at the latest rate, {currency.note}." if currency.note else "")
    )


def rows_text(frame: "pl.DataFrame") -> str:
    """A table of texts for a terminal: a line of names, then a line per row, in columns."""
    rows = [tuple(frame.columns), *frame.rows()]
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(frame.columns))]
    return "\n".join(
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
