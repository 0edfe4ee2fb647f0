"""Roll-ups by day added up over their days: small enough to keep, so that another use case, model or route reads no file."""

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.scope import Scope
from analytics.store.reader import Store

if TYPE_CHECKING:
    import polars as pl

# What an undated roll-up no longer tells. Teams can be many, and with them little would be saved.
LOST = frozenset({"day", "team", "environment"})


def undated(
    store: Store, table: str, keys: tuple[str, ...], sums: tuple[str, ...], scope: Scope
) -> tuple["pl.DataFrame", Scope]:
    """`sums` of `table` per `keys` over the days, teams and environments of `scope`, and what of the scope is left to filter.

    Keys are SQL (`model`, or `expression AS name`) over other columns than `LOST`. A sum without values is 0.
    """
    outer = Scope(scope.start, scope.end, teams=scope.teams, environments=scope.environments)

    # In one order: what is summed in another has other last digits, and the same question must have the same answer.
    def read() -> "pl.DataFrame":
        where, values = outer.where("day")
        summed = ", ".join(f"coalesce(sum({name}), 0)::DOUBLE AS {name}" for name in sums)
        return store.frame(
            f"SELECT {', '.join(keys)}, {summed} FROM {table} WHERE {where} GROUP BY ALL ORDER BY ALL", values
        )

    left = replace(scope, start=None, end=None, teams=(), environments=())
    return store.kept.once((table, keys, sums, outer), read), left
