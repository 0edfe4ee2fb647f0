"""The first rows of a filtered log in some order, without sorting all of it.

Three things keep this fast on tens of millions of rows. Time: the log is nearly in time order, so a window at the end asked
for is read first and widened only while it holds too few rows. Cost and latency: the value of the last row wanted is
found by reading that one column, then only rows up to it are read whole and ordered exactly. Ties are told apart by
source and request_id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from analytics.errors import UsageError
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

Sort = Literal["time", "cost", "latency"]
SORTS: dict[Sort, str] = {"time": "timestamp", "cost": "list_cost_usd", "latency": "latency_ms"}
FIRST_WINDOW, WIDER = timedelta(minutes=30), 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Values = Mapping[str, object]
Stretch = tuple[Literal["tie", "known", "unknown"], str]


@dataclass(frozen=True)
class Cursor:
    """The row a page begins after: its sort value, source and request_id. `backwards`: the page ends before it."""

    value: float | None
    source: str
    request_id: str
    backwards: bool = False

    def text(self) -> str:
        """The cursor for a link."""
        return json.dumps([self.value, self.source, self.request_id, int(self.backwards)], ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "Cursor | None":
        """The cursor of `text()`; None for anything else."""
        try:
            value, source, request_id, backwards = json.loads(text)
        except (ValueError, TypeError):
            return None
        number = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        if not number or not isinstance(source, str) or not isinstance(request_id, str):
            return None
        return cls(value, source, request_id, backwards == 1)


def first_rows(
    store: Store,
    select: str,
    where: str,
    values: Values,
    sort: Sort,
    descending: bool,
    rows: int,
    cursor: Cursor | None = None,
    cost: str = SORTS["cost"],
) -> "pl.DataFrame":
    """Up to `rows` rows of `select` after `cursor`, in order, and their `sort_value`; unknown values come last.

    A backwards cursor asks for the rows before it, nearest first. `cost` is the SQL of what rows cost.
    """
    import polars as pl

    if sort not in SORTS:
        raise UsageError(f"Requests cannot be sorted by '{sort}': use one of {', '.join(SORTS)}.")
    key = cost if sort == "cost" else SORTS[sort]
    asked = _Asked(store, select, where, values, key, descending != (cursor is not None and cursor.backwards))
    found: list[pl.DataFrame] = []
    for kind, condition in _stretches(asked, cursor):
        wanted = rows - sum(frame.height for frame in found)
        if wanted > 0:
            part = asked.with_condition(condition, cursor)
            reader = _in_time if sort == "time" and kind == "known" else _up_to_bound if kind == "known" else _ordered
            found.append(reader(part, wanted))
    return pl.concat(found)


@dataclass(frozen=True)
class _Asked:
    store: Store
    select: str
    where: str
    values: Values
    key: str
    descending: bool

    @property
    def sign(self) -> str:
        return "<" if self.descending else ">"

    @property
    def way(self) -> str:
        return "DESC" if self.descending else "ASC"

    def with_condition(self, condition: str, cursor: Cursor | None = None, **more: object) -> "_Asked":
        values = dict(self.values) | more
        if cursor is not None and "$cursor_value" in condition:
            at_time = self.key == "timestamp" and cursor.value is not None
            values["cursor_value"] = (
                _EPOCH + timedelta(microseconds=int(cursor.value or 0)) if at_time else cursor.value
            )
        if cursor is not None and "$cursor_source" in condition:
            values |= {"cursor_source": cursor.source, "cursor_request": cursor.request_id}
        return _Asked(self.store, self.select, f"{self.where} AND {condition}", values, self.key, self.descending)


def _stretches(asked: _Asked, cursor: Cursor | None) -> list[Stretch]:
    """The parts of the order after the cursor, one after the other: its ties, known values, unknown ones."""
    key = asked.key
    unknown: list[Stretch] = [] if key == "timestamp" else [("unknown", f"{key} IS NULL")]
    if cursor is None:
        return [("known", "true" if key == "timestamp" else f"{key} IS NOT NULL"), *unknown]
    tie = f"(source, request_id) {asked.sign} ($cursor_source, $cursor_request)"
    if cursor.value is None:
        ties: list[Stretch] = [("tie", f"{key} IS NULL AND {tie}")]
        return [*ties, ("known", f"{key} IS NOT NULL")] if cursor.backwards else ties
    return [
        ("tie", f"{key} = $cursor_value AND {tie}"),
        ("known", f"{key} {asked.sign} $cursor_value"),
        *([] if cursor.backwards else unknown),
    ]


def _ordered(asked: _Asked, rows: int) -> "pl.DataFrame":
    value = "epoch_us(timestamp)" if asked.key == "timestamp" else asked.key
    return asked.store.frame(
        f"SELECT {asked.select}, {value} AS sort_value FROM requests WHERE {asked.where} "
        f"ORDER BY {asked.key} {asked.way}, source {asked.way}, request_id {asked.way} LIMIT $row_limit",
        dict(asked.values) | {"row_limit": rows},
    )


def _up_to_bound(asked: _Asked, rows: int) -> "pl.DataFrame":
    """Only rows up to the value of the last row wanted are read whole."""
    query = f"SELECT {asked.key} FROM requests WHERE {asked.where} ORDER BY {asked.key} {asked.way} LIMIT 1 OFFSET $row_offset"
    values = {name: value for name, value in asked.values.items() if f"${name}" in query}
    bound = asked.store.rows(query, values | {"row_offset": rows - 1})
    if not bound:
        return _ordered(asked, rows)
    return _ordered(
        asked.with_condition(f"{asked.key} {'>=' if asked.descending else '<='} $bound", bound=bound[0][0]), rows
    )


def _in_time(asked: _Asked, rows: int) -> "pl.DataFrame":
    """Windows from the end asked for, each 16 times as wide as the one before, until one holds enough rows."""
    first, last = asked.store.rows("SELECT epoch_us(min(first_at)), epoch_us(max(last_at)) FROM segments")[0]
    if first is None:
        return _ordered(asked, rows)
    begin, end = _EPOCH + timedelta(microseconds=first), _EPOCH + timedelta(microseconds=last)
    near = [asked.values.get(name) for name in ("cursor_value", "to_instant" if asked.descending else "from_instant")]
    limits = [limit for limit in near if isinstance(limit, datetime)]
    edge = min([end, *limits]) if asked.descending else max([begin, *limits])
    width = FIRST_WINDOW
    while begin <= edge - width if asked.descending else edge + width <= end:
        inside = f"timestamp {'>=' if asked.descending else '<='} $window"
        frame = _ordered(asked.with_condition(inside, window=edge - width if asked.descending else edge + width), rows)
        if frame.height == rows:
            return frame
        width *= WIDER
    return _ordered(asked, rows)
