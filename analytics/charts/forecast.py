"""Charts of the month's end: spend adding up towards a budget, and the days to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import interval, money, money_axis
from analytics.charts.theme import ARCHITECTURES, time_axis
from analytics.currency import NO_RATES, Currency, Rates
from analytics.forecast import MonthEnd
from analytics.simulation.results import Estimate

if TYPE_CHECKING:
    import polars as pl

SPENT, LIMIT = ARCHITECTURES[0], ARCHITECTURES[4]
HISTORY_DAYS = 42


@dataclass(frozen=True)
class Amount:
    """The y axis that all layers of a chart share."""

    title: str
    currency: Currency

    def axis(self, column: str = "mean") -> alt.Y:
        """The axis for a column."""
        labels = alt.Axis(labelExpr=money_axis(self.currency), tickCount=6)
        return alt.Y(column, type="quantitative", title=f"{self.title}, {self.currency.code}", axis=labels)


def month_end_chart(
    month: MonthEnd, budget_usd: float | None = None, rates: Rates = NO_RATES, code: str = "USD"
) -> alt.TopLevelMixin:
    """The month's spend adding up: so far a line, then the expected path with its 80% and 95% bands; the budget a rule."""
    import polars as pl

    converted, currency = month.converted(rates, code), rates.latest(code)
    amount = Amount(f"List cost since {month.begins.day} {month.begins:%B}", currency)
    so_far = _so_far(converted, currency)
    ahead = _ahead(converted, currency, converted.cumulative(), converted.cumulative(0.8))
    if not ahead.is_empty():  # the expected path goes on where the line of what is spent ends
        ahead = pl.concat([so_far.tail(1).select("at", "mean", "spend"), ahead], how="diagonal")
        ahead = ahead.with_columns(pl.col("low", "high", "low_80", "high_80").fill_null(pl.col("mean")))
    layers: list[alt.Chart] = [*_bands(ahead, amount), _line(so_far, amount, [1, 0]), _line(ahead, amount, [5, 4])]
    if budget_usd is not None:
        layers += _limit(month, currency.amount(budget_usd), f"Budget {money(budget_usd, currency=currency)}", amount)
    return alt.layer(*layers).properties(height=300)


def daily_spend_chart(month: MonthEnd, rates: Rates = NO_RATES, code: str = "USD") -> alt.TopLevelMixin:
    """Spend per day: up to six weeks of bars, then what is expected with its 80% and 95% bands."""
    converted, currency = month.converted(rates, code), rates.latest(code)
    amount = Amount("List cost per day", currency)
    past = _points(
        [converted.history.day(place) for place in range(converted.history.usd.size)][-HISTORY_DAYS:],
        [float(usd) for usd in converted.history.usd[-HISTORY_DAYS:]],
        currency,
    )
    bars = alt.Chart(past).mark_bar(color=SPENT, opacity=0.85).encode(
        x=time_axis("begins"), x2="ends", y=amount.axis(), y2=alt.Y2Datum(0), tooltip=_tooltips(),
    )  # fmt: skip
    ahead = _ahead(converted, currency, converted.day_totals(), converted.day_totals(0.8))
    return alt.layer(bars, *_bands(ahead, amount), _line(ahead, amount, [5, 4])).properties(height=260)


def _so_far(month: MonthEnd, currency: Currency) -> "pl.DataFrame":
    place = (month.begins - month.history.first).days
    sums = month.history.usd[place:].cumsum()
    return _points(
        [month.history.day(place + number) for number in range(sums.size)], [float(one) for one in sums], currency
    )


def _points(days: Sequence[date], amounts: Sequence[float], currency: Currency) -> "pl.DataFrame":
    """What was spent, at noon of each day; `begins` and `ends` are the sides of a bar around it."""
    import polars as pl

    return pl.DataFrame(
        {
            "at": [_noon(day) for day in days],
            "begins": [_noon(day) - timedelta(hours=9) for day in days],
            "ends": [_noon(day) + timedelta(hours=9) for day in days],
            "mean": list(amounts),
            "spend": [money(one, currency=currency.unit) for one in amounts],
        },
        schema={"at": pl.Datetime, "begins": pl.Datetime, "ends": pl.Datetime, "mean": pl.Float64, "spend": pl.String},
    )


def _ahead(month: MonthEnd, currency: Currency, wide: Sequence[Estimate], narrow: Sequence[Estimate]) -> "pl.DataFrame":
    """What is expected on each day to come; empty without a forecast."""
    import polars as pl

    rows = [
        {
            "at": _noon(day), "mean": one.mean, "low": one.low, "high": one.high, "low_80": inner.low, "high_80": inner.high,
            "spend": f"{money(one.mean, currency=currency.unit)} expected "
            f"({interval(money(one.low, currency=currency.unit), money(one.high, currency=currency.unit))})",
        }
        for day, one, inner in zip(month.days, wide, narrow, strict=True)
        if one.mean is not None
    ]  # fmt: skip
    numbers = dict.fromkeys(("mean", "low", "high", "low_80", "high_80"), pl.Float64)
    return pl.DataFrame(rows, schema={"at": pl.Datetime, **numbers, "spend": pl.String})


def _bands(ahead: "pl.DataFrame", amount: Amount) -> list[alt.Chart]:
    x = time_axis("at")
    return [
        alt.Chart(ahead).mark_area(color=SPENT, opacity=opacity).encode(x=x, y=amount.axis(low), y2=high)
        for low, high, opacity in (("low", "high", 0.15), ("low_80", "high_80", 0.22))
    ]  # fmt: skip


def _line(frame: "pl.DataFrame", amount: Amount, dash: list[int]) -> alt.Chart:
    found: alt.Chart = (
        alt.Chart(frame)
        .mark_line(
            color=SPENT,
            strokeWidth=2.5,
            strokeDash=dash,
            aria=False,
            point=alt.OverlayMarkDef(color=SPENT, size=24, aria=False),
        )
        .encode(
            x=time_axis("at"),
            y=amount.axis(),
            tooltip=_tooltips(),
        )
    )
    return found


def _limit(month: MonthEnd, limit: float, label: str, amount: Amount) -> list[alt.Chart]:
    """A rule across the month at the budget, named at its left end."""
    row = {"at": _noon(month.begins).isoformat(), "mean": limit, "label": label}
    base = alt.Chart(alt.InlineData(values=[row])).encode(y=amount.axis())
    text = base.mark_text(align="left", dy=-8, color=LIMIT, fontSize=13, fontWeight=600)
    return [
        base.mark_rule(color=LIMIT, strokeWidth=2),
        text.encode(
            x=time_axis("at"),
            text=alt.Text("label", type="nominal"),
        ),
    ]


def _tooltips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("at", type="temporal", title="day", format="%Y-%m-%d"),
        alt.Tooltip("spend", type="nominal", title="spend"),
    ]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12))
