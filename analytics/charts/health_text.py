"""Data health in words and as a table."""

from typing import TYPE_CHECKING

from analytics.audit.health import Gap, Health
from analytics.audit.health_finding import Finding, counted
from analytics.charts.format import money, share
from analytics.currency import USD, Currency

if TYPE_CHECKING:
    import polars as pl

LEVELS = {"wrong": "Makes numbers wrong", "missing": "Leaves something out", "note": "Good to know"}
HOURS_OF_A_DAY = 24


def health_answer(health: Health) -> str:
    """What is priced, what is not, what is missing, in one sentence."""
    found = health.completeness
    unpriced = sum(found.unpriced.values())
    models = len(found.unpriced)
    parts = ["Every call is priced"]
    if unpriced:
        of = counted(models, "model", "models")
        parts = [
            f"{priced(found.priced_share)} of calls are priced; {counted(unpriced, 'call', 'calls')} of {of} {'is' if unpriced == 1 else 'are'} not"
        ]
    parts.append(gaps_text(health.gaps))
    wrong = sum(one.level == "wrong" for one in health.findings)
    verdict = (
        "nothing makes numbers wrong" if not wrong else f"{counted(wrong, 'thing makes', 'things make')} numbers wrong"
    )
    return "; ".join([*parts, verdict]) + "."


def priced(value: float | None) -> str:
    """A share that is not rounded up to all: 99.97% stays below 100%."""
    if value is None or value == 1 or value < 0.9995:
        return share(value)
    return "over 99.9%"


def gaps_text(gaps: tuple[Gap, ...]) -> str:
    """How much time is missing."""
    hours = sum(gap.hours for gap in gaps)
    if not hours:
        return "no hour is missing"
    if hours < HOURS_OF_A_DAY:
        return f"{counted(hours, 'hour is', 'hours are')} missing"
    days = round(hours / HOURS_OF_A_DAY)
    return f"about {counted(days, 'day is', 'days are')} missing"


def findings_table(health: Health, currency: Currency = USD) -> "pl.DataFrame":
    """One row per finding, in the order of mending; `currency` is that of the findings."""
    import polars as pl

    kinds = {
        "Matters because": pl.String, "What": pl.String, "Detail": pl.String, "Calls or requests": pl.Int64,
        f"Cost, {currency.code}": pl.Float64, "How to mend it": pl.String,
    }  # fmt: skip
    rows = [(LEVELS[one.level], one.title, one.sentence, one.calls, one.cost, one.remedy) for one in health.findings]
    return pl.DataFrame(rows, schema=kinds, orient="row")


def affected(finding: Finding, currency: Currency = USD) -> str:
    """How many calls or requests and how much money a finding is about, one below the other."""
    parts = [] if finding.calls is None else [counted(finding.calls, finding.of[:-1], finding.of)]
    return "\n".join(parts + ([] if finding.cost is None else [money(finding.cost, currency=currency.unit)]))
