"""Which requests exactly: what can be asked of the raw rows, page by page.

Paging is by key, not by offset: a page begins after the last row of the one before, so page 10,000 costs what page 2
does. Days become instants here, because a plain comparison with `timestamp` lets the reader skip blocks of rows.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from analytics.audit.requests_moves import moves_sql
from analytics.audit.requests_order import Cursor, Sort, first_rows
from analytics.currency import NO_RATES, Rates
from analytics.policies import parse_architecture
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

Origin = Literal["all", "user", "overhead"]
PAGE_ROWS = 50
MAX_EXPORT_ROWS = 100_000
_SHOWN = (
    "source, request_id, strftime(timestamp AT TIME ZONE $zone, '%Y-%m-%d %H:%M:%S') AS at, model, use_case, team, status, "
    "input_tokens, output_tokens, latency_ms, {list_cost} AS list_cost, {billed_cost} AS billed_cost, quality, "
    "coalesce(origin, 'user') AS origin"
)
_EXPORTED = "* EXCLUDE (prompt, complexity_bin, context_band) REPLACE (strftime(timestamp, '%Y-%m-%d') || 'T' || strftime(timestamp, '%H:%M:%S.%f') || 'Z' AS timestamp)"


@dataclass(frozen=True)
class RequestFilter:
    """Which rows are meant; None and "" leave a condition out.

    Bounds are inclusive, those of cost in the scope's currency; tokens are input plus output. `text` is looked for in
    request_id. `moves` is an architecture as TOML text: only requests stay that it would send to another model.
    """

    scope: Scope = field(default_factory=Scope)
    rates: Rates = NO_RATES
    status: Literal["", "ok", "error"] = ""
    origin: Origin = "all"
    unpriced: bool = False
    text: str = ""
    least_cost: float | None = None
    most_cost: float | None = None
    least_ms: float | None = None
    most_ms: float | None = None
    least_tokens: int | None = None
    most_tokens: int | None = None
    moves: str = ""

    def cost_sql(self, column: str = "list_cost_usd") -> tuple[str, dict[str, object]]:
        """A cost of a row in the scope's currency, at the rate of its day, and the values of its parameters."""
        if self.scope.currency == "USD":
            return column, {}
        factor, values = self.rates.factor_sql(self.scope.currency, "timestamp", self.scope.time_zone)
        return f"({column} * {factor})", values

    def where(self) -> tuple[str, dict[str, object]]:
        """The conditions as SQL text over the columns of `requests`, and the values of its parameters."""
        terms, values = _days(self.scope)
        plain, more = replace(self.scope, start=None, end=None).where("timestamp")
        terms.append(plain)
        values |= more
        cost, at_rate = self.cost_sql()
        if (self.least_cost, self.most_cost) != (None, None):
            values |= at_rate
        for name, column in (
            ("cost", cost),
            ("ms", "latency_ms"),
            ("tokens", "input_tokens + output_tokens"),
        ):
            for bound, sign in (("least", ">="), ("most", "<=")):
                value = getattr(self, f"{bound}_{name}")
                if value is not None:
                    terms.append(f"{column} {sign} ${bound}_{name}")
                    values[f"{bound}_{name}"] = value
        if self.status:
            terms.append("status = $status")
            values["status"] = self.status
        if self.text.strip():
            terms.append("contains(request_id, $text)")
            values["text"] = self.text.strip()
        if self.origin != "all":
            terms.append("origin IS NULL" if self.origin == "user" else "origin IS NOT NULL")
        if self.unpriced:
            terms.append("list_cost_usd IS NULL")
        if self.moves:
            terms.append(f"({moves_sql(parse_architecture(self.moves))})")
        return " AND ".join(terms), values


@dataclass(frozen=True)
class RequestPage:
    """Up to PAGE_ROWS rows and where the pages around it begin (None: there is none)."""

    rows: "pl.DataFrame"
    before: Cursor | None
    after: Cursor | None


def count_requests(store: Store, chosen: RequestFilter) -> tuple[int, float | None]:
    """How many rows match (attempts, not requests) and what they cost at list price, each at the rate of its day."""
    where, values = chosen.where()
    cost, at_rate = chosen.cost_sql()
    found = store.rows(f"SELECT count(*), sum({cost}) FROM requests WHERE {where}", values | at_rate)[0]
    return int(found[0]), found[1]


def request_page(
    store: Store,
    chosen: RequestFilter,
    sort: Sort = "time",
    descending: bool = True,
    cursor: Cursor | None = None,
    rows: int = PAGE_ROWS,
) -> RequestPage:
    """One page of the rows that match, in order; unknown costs and latencies come last."""
    where, values = chosen.where()
    list_cost, at_rate = chosen.cost_sql()
    values |= {"zone": chosen.scope.time_zone} | at_rate
    select = _SHOWN.format(list_cost=list_cost, billed_cost=chosen.cost_sql("cost_usd")[0])
    frame = first_rows(store, select, where, values, sort, descending, rows + 1, cursor, list_cost)
    backwards = cursor is not None and cursor.backwards
    more = frame.height > rows
    frame = frame.head(rows)
    frame = frame.reverse() if backwards else frame
    earlier = more if backwards else cursor is not None
    later = backwards or more
    return RequestPage(
        frame.drop("sort_value"),
        _cursor(frame, 0, True) if earlier and frame.height else None,
        _cursor(frame, -1, False) if later and frame.height else None,
    )


def requests_to_export(store: Store, chosen: RequestFilter, sort: Sort, descending: bool) -> "pl.DataFrame":
    """The first MAX_EXPORT_ROWS matching rows with all their columns (prompts left out), times in UTC.

    In another currency than USD, costs stand at the end once more, at the rate of their day, with the currency's code.
    """
    where, values = chosen.where()
    list_cost, at_rate = chosen.cost_sql()
    select = _EXPORTED
    if chosen.scope.currency != "USD":
        select += f", {list_cost} AS list_cost, {chosen.cost_sql('cost_usd')[0]} AS billed_cost, $currency AS currency"
        values |= at_rate | {"currency": chosen.scope.currency}
    return first_rows(store, select, where, values, sort, descending, MAX_EXPORT_ROWS, None, list_cost).drop(
        "sort_value"
    )


def _cursor(frame: "pl.DataFrame", row: int, backwards: bool) -> Cursor:
    found = frame.row(row, named=True)
    return Cursor(found["sort_value"], found["source"], found["request_id"], backwards)


def _days(scope: Scope) -> tuple[list[str], dict[str, object]]:
    terms: list[str] = []
    values: dict[str, object] = {}
    if scope.start is not None:
        terms.append("timestamp >= $from_instant")
        values["from_instant"] = _midnight(scope.start, scope.time_zone)
    if scope.end is not None:
        terms.append("timestamp < $to_instant")
        values["to_instant"] = _midnight(scope.end + timedelta(days=1), scope.time_zone)
    return terms, values


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
