"""Spend in words: the answer, the titles of its charts, its lines. Amounts are already in the currency passed along."""

from typing import TYPE_CHECKING

from analytics.audit import Comparison, CostLines, Dimension, Line, Spend, Step, Totals
from analytics.audit.dimensions import reads_raw_log, source_of
from analytics.audit.spend import OTHER
from analytics.charts.format import count, money, share
from analytics.charts.markdown import escaped, literal
from analytics.currency import USD, Currency

if TYPE_CHECKING:
    import polars as pl

DIMENSION_WORDS: dict[Dimension, str] = {
    "model": "Model", "use_case": "Use case", "team": "Team", "complexity": "Complexity", "environment": "Environment",
    "provider": "Provider", "prompt_version": "Prompt version", "origin": "Users or overhead", "batch": "Batch or live",
    "source": "Source", "user_id": "User", "session_id": "Session",
}  # fmt: skip


# The total, and users' requests: with nothing else there is nothing to take apart.
PLAIN_LINES = 2


def spend_answer(totals: Totals, spend: Spend, dimension: Dimension, currency: Currency = USD) -> str:
    """The sentence on top, as Markdown: how much, and who took most of it."""
    if totals.list_cost is None:
        return f"What {count(totals.requests)} requests cost is unknown: none of their models has a price."
    text = f"{escaped(money(totals.list_cost, currency=currency))} at list price over {count(totals.requests)} requests"
    first = next((row for row in spend.table.iter_rows(named=True) if row["name"] != OTHER), None)
    if first is not None and first["share"] is not None:
        text += f"; {DIMENSION_WORDS[dimension].lower()} {literal(first['name'])} took {share(first['share'])} of it"
    return f"{text}."


def change_sentence(spend: Spend, currency: Currency = USD) -> str | None:
    """How the latest days compare with as many before them, as Markdown; None without any to compare."""
    if spend.comparison is None or spend.movers.is_empty():
        return None
    change, before = (float(spend.movers[name].sum()) for name in ("change_cost", "before_cost"))
    relative = f" ({change / before:+.1%})" if before else ""
    return (
        f"The {days(spend.comparison)} from {spend.comparison.since:%Y-%m-%d} cost "
        f"{escaped(money(abs(change), currency=currency))} {'more' if change >= 0 else 'less'} than the "
        f"{days(spend.comparison)} before{relative}."
    )


def days(comparison: Comparison) -> str:
    """ "15 days", "day"."""
    return "day" if comparison.days == 1 else f"{comparison.days} days"


def movers_title(spend: Spend, currency: Currency = USD) -> str:
    """What the chart of movers shows, or why there is none, as Markdown."""
    if spend.comparison is None:
        return "One day has no period before it: choose more days to see what rose and what fell."
    if spend.movers.is_empty():
        return "Nothing here has a price: what rose and what fell is unknown."
    top = spend.movers.row(0, named=True)
    direction = "rose" if top["change_cost"] >= 0 else "fell"
    return (
        f"**{literal(top['name'])} {direction} most: {escaped(signed(top['change_cost'], currency))} "
        f"since {spend.comparison.since:%Y-%m-%d}**"
    )


def trend_title(frame: "pl.DataFrame", step: str, currency: Currency = USD) -> str:
    """What the chart over time shows, as Markdown."""
    import polars as pl

    if frame["list_cost"].null_count() == len(frame):
        return "Nothing here has a price"
    sums = frame.group_by("begins").agg(pl.col("list_cost").sum()).sort("list_cost", "begins", descending=[True, False])
    mean, most = sums["list_cost"].mean(), sums.row(0, named=True)
    when = f"{most['begins']:{'%Y-%m-%d %H:%M' if step == 'hour' else '%Y-%m-%d'}}"
    return (
        f"{'An' if step == 'hour' else 'A'} {step} costs {escaped(money(float(mean or 0.0), currency=currency))} on average; "  # type: ignore[arg-type]
        f"the dearest, {'week from ' if step == 'week' else ''}{when}, cost {escaped(money(most['list_cost'], currency=currency))}"
    )


def spend_caption(time_zone: str, *dimensions: Dimension, divided: bool = True) -> str:
    """What the numbers are made of; `divided`: beside lines of what is in them."""
    text = (
        "List cost is recomputed from tokens at dated catalogue prices; billed is what the log says. Retries and the calls of "
        f"routers, judges and shadow tests are included. Days begin at midnight in {time_zone}."
    )
    if divided:
        text += ' Lines under "of which" may overlap: an attempt that failed and was tried again is in both.'
    relation = source_of(*dimensions).relation
    if relation == "classes":
        text += " By complexity: users' requests only, in UTC days."
    elif reads_raw_log(*dimensions):
        text += " This division reads the raw log once for each scope: it may take a moment."
    return text


def steps(dimension: Dimension) -> list[Step]:
    """The steps of time that a dimension is kept in."""
    return ["day", "week"] if source_of(dimension).time == "day" else ["hour", "day", "week"]


def signed(cost: float | None, currency: Currency = USD) -> str:
    """A change of money with its sign."""
    return f"{'+' if cost is not None and cost > 0 else ''}{money(cost, currency=currency)}"


def line_rows(lines: CostLines, currency: Currency = USD) -> "pl.DataFrame":
    """The lines of spend as a table: what, list cost (null is unknown), how many; of parts only those that the log has."""
    import polars as pl

    known = [line.cost for line in lines.by_origin if line.cost is not None]
    total = Line("total", sum(known) if known else None, sum(line.count or 0 for line in lines.by_origin))
    rows = [(line.name, line) for line in (total, *lines.by_origin)]
    rows += [(f"of which {line.name}", line) for line in lines.within if line.count or line.cost]
    rows += [(f"saved by the {line.name}", line) for line in lines.saved if line.count or line.cost]
    return pl.DataFrame(
        {
            "line": [name for name, _ in rows],
            "amount": [
                money(line.cost, "not in the log" if line.count is None else "unknown", currency) for _, line in rows
            ],
            "list_cost": [line.cost for _, line in rows],
            "count": ["" if line.count is None else f"{count(line.count)} {line.unit}" for _, line in rows],
        },
        schema={"line": pl.String, "amount": pl.String, "list_cost": pl.Float64, "count": pl.String},
    )
