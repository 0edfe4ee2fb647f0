"""Which requests would move, as bars, a table and a sentence."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import COUNT_AXIS, count, money, share
from analytics.charts.markdown import escaped
from analytics.charts.theme import name_colours
from analytics.currency import USD, Currency
from analytics.simulation.moves import Move

if TYPE_CHECKING:
    import polars as pl

NAMELESS = "no use case"
SMALLEST_SHARE = 0.0005  # of all requests: flows below it are left out of the table


def moves_chart(moves: tuple[Move, ...], currency: Currency = USD) -> alt.TopLevelMixin:
    """Requests a month by use case, coloured by the model that would answer; what stays where it is is faded."""
    by_use_case: dict[str, float] = {}
    by_target: dict[str, float] = {}
    for one in moves:
        by_use_case[one.use_case] = by_use_case.get(one.use_case, 0.0) + one.requests
        by_target[one.target] = by_target.get(one.target, 0.0) + one.requests
    targets = sorted(by_target, key=lambda name: -by_target[name])
    order = [name or NAMELESS for name in sorted(by_use_case, key=lambda name: -by_use_case[name])]
    rows = [
        {
            "use case": one.use_case or NAMELESS, "model": one.target, "n": one.requests, "stays": not one.moves,
            "order": 2 * targets.index(one.target) + one.moves,
            "today": one.source, "would answer": one.target, "requests a month": count(one.requests),
            "cost today": money(one.current_usd, "unpriced", currency), "cost then": money(one.new_usd, "unpriced", currency),
        }
        for one in moves
    ]  # fmt: skip
    tooltip = [
        alt.Tooltip(name, type="nominal")
        for name in ("use case", "today", "would answer", "requests a month", "cost today", "cost then")
    ]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("use case", type="nominal", sort=order, title=None, axis=alt.Axis(labelLimit=180)),
            x=alt.X("n", type="quantitative", title="Requests a month", axis=alt.Axis(labelExpr=COUNT_AXIS, tickCount=5)),
            color=alt.Color(
                "model", type="nominal", title=None, scale=name_colours(targets, "model"),
                legend=alt.Legend(orient="bottom", columns=2),
            ),
            opacity=alt.Opacity("stays", type="nominal", scale=alt.Scale(domain=[False, True], range=[1.0, 0.4]), legend=None),
            order=alt.Order("order", type="quantitative"),
            tooltip=tooltip,
        )
        .properties(height=alt.Step(30))
    )  # fmt: skip
    return chart


def moves_sentence(moves: tuple[Move, ...], currency: Currency = USD) -> str:
    """How much moves, and the flow that saves most, as Markdown."""
    total = sum(one.requests for one in moves)
    going = [one for one in moves if one.moves]
    if not going or not total:
        return "No request moves: every model keeps the requests it has today."
    moved = sum(one.requests for one in going)
    text = f"**{share(moved / total)} of requests** ({count(moved)} a month) would be answered by another model than today."
    known = [
        (one, one.current_usd - one.new_usd) for one in going if one.current_usd is not None and one.new_usd is not None
    ]
    if known:
        most, saved = max(known, key=lambda pair: pair[1])
        if saved > 0:
            text += (
                f" The largest saving, {money(saved, currency=currency)} a month, is {most.use_case or 'requests without a use case'} "
                f"from {most.source} to {most.target}."
            )
    return escaped(text)


def moves_table(moves: tuple[Move, ...], currency: Currency = USD) -> "pl.DataFrame":
    """One row per use case and pair of models, the dearest change first; costs in `currency`."""
    import polars as pl

    total = sum(one.requests for one in moves)
    rows = [
        {
            "use_case": one.use_case or NAMELESS, "source": one.source, "target": one.target, "requests": one.requests,
            "current_cost": currency.known_amount(one.current_usd), "new_cost": currency.known_amount(one.new_usd),
            "saved": currency.known_amount(None if one.current_usd is None or one.new_usd is None else one.current_usd - one.new_usd),
        }
        for one in moves
        if one.moves and one.requests >= SMALLEST_SHARE * total
    ]  # fmt: skip
    schema = {
        "use_case": pl.String, "source": pl.String, "target": pl.String, "requests": pl.Float64,
        "current_cost": pl.Float64, "new_cost": pl.Float64, "saved": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema).sort("saved", descending=True, nulls_last=True)
