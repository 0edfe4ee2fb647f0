"""Our totals against the invoices, per provider and month, and what may explain a difference."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from analytics.currency import NO_RATES, USD, Currency, Rates
from analytics.store import Store

# As LiteLLM's /spend/capture_rate shows it: below, calls are missing from the log; above, ours is too high.
LEAST_CAPTURED, MOST_CAPTURED = 0.9, 1.1
# Billed and list totals further apart than this factor are themselves in need of an explanation.
LIKE_LIST = 1.25
Capture = Literal["low", "good", "high", "unknown"]
_query = (Path(__file__).parent / "compare.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class MonthCheck:
    """One provider's month: list and billed total of the log, the invoice for the same days, all USD; None is unknown.

    `ours_usd` is what is held against the invoice: as billed where the log says so for every call that
    did not fail, else list price.
    `starts` and `ends` are the days the invoice covers, `ends` not included. `currency` is what the amounts are shown in, at
    the mean rate of the month's calls: so the list total is the sum of its days at their rates, and an invoice, which has no
    days, is captured to the same share in every currency.
    """

    provider: str
    month: date
    starts: date | None
    ends: date | None
    attempts: int
    list_usd: float | None
    billed_usd: float | None
    ours_usd: float | None
    basis: Literal["billed", "list"]
    invoice_usd: float | None
    explanations: tuple[str, ...]
    currency: Currency = USD

    @property
    def capture_rate(self) -> float | None:
        """Ours divided by the invoice."""
        if self.invoice_usd is None or self.invoice_usd <= 0:
            return None
        return (self.ours_usd or 0.0) / self.invoice_usd

    @property
    def capture(self) -> Capture:
        """low below 0.9, high above 1.1, unknown without an invoice."""
        rate = self.capture_rate
        if rate is None:
            return "unknown"
        return "low" if rate < LEAST_CAPTURED else "high" if rate > MOST_CAPTURED else "good"

    @property
    def difference_usd(self) -> float | None:
        """Ours minus the invoice."""
        return None if self.invoice_usd is None else (self.ours_usd or 0.0) - self.invoice_usd


def reconcile(store: Store, code: str = "USD", rates: Rates = NO_RATES) -> list[MonthCheck]:
    """Every provider and month of the log or of an invoice, the newest first; amounts to be shown in the currency `code`."""
    frame = store.frame(_query)
    return [_check(row, _mean_rate(row, code, rates)) for row in frame.iter_rows(named=True)]


def _mean_rate(row: dict[str, Any], code: str, rates: Rates) -> Currency:
    """The currency at the mean rate of the days (UTC), each weighing what it cost; without calls at that of the first day."""
    found = rates.at(code, row["starts"] or row["month"])
    days: Sequence[dict[str, Any]] = row["days"] or ()
    usd = sum(day["usd"] for day in days)
    amount = sum(rates.at(code, day["day"]).amount(day["usd"]) for day in days)
    return found if not amount or code == "USD" else replace(found, usd_per_unit=usd / amount)


def _check(row: dict[str, Any], currency: Currency) -> MonthCheck:
    whole = _billed_whole(row)
    return MonthCheck(
        provider=row["provider"],
        month=row["month"],
        starts=row["starts"],
        ends=row["ends"],
        attempts=row["attempts"],
        list_usd=row["list_usd"],
        billed_usd=row["billed_usd"],
        ours_usd=row["billed_usd"] if whole else row["list_usd"],
        basis="billed" if whole else "list",
        invoice_usd=row["invoice_usd"],
        explanations=tuple(_explanations(row, currency)) if row["invoice_usd"] is not None else (),
        currency=currency,
    )


def _billed_whole(row: dict[str, Any]) -> bool:
    """Whether the log says what was billed; failed calls seldom do."""
    return bool(row["attempts"] > 0 and row["billed_known"] + row["failed"] >= row["attempts"])


def _explanations(row: dict[str, Any], currency: Currency) -> list[str]:
    """What is known to make the two totals differ, the likeliest first."""
    if not row["attempts"]:
        return ["the log has no call to this provider on these days: it is not logged, or under another name"]
    return [
        *_days_apart(row),
        *_totals_apart(row, currency),
        *_calls_in_doubt(row, currency),
        *_beyond_tokens(row, currency),
    ]


def _days_apart(row: dict[str, Any]) -> list[str]:
    days, logged = (row["ends"] - row["starts"]).days, row["days_logged"]
    if logged >= days:
        return []
    return [f"the log has calls on {logged} of the {days} days invoiced, {row['first_day']} to {row['last_day']} (UTC)"]


def _totals_apart(row: dict[str, Any], currency: Currency) -> list[str]:
    found = []
    ours, invoice, billed = row["list_usd"], row["invoice_usd"], row["billed_usd"]
    if ours and billed and not 1 / LIKE_LIST < billed / ours < LIKE_LIST:
        found.append(
            f"our own totals disagree, {currency.cents(billed)} billed and {currency.cents(ours)} at list price: see Data health"
        )
    if ours and 0 < invoice < ours and not _billed_whole(row):
        found.append(f"a discount of {1 - invoice / ours:.1%} on list prices would explain it: enter it under Prices")
    return found


def _calls_in_doubt(row: dict[str, Any], currency: Currency) -> list[str]:
    what = {
        "unpriced": "without a price, not in our list total",
        "zero_billed": f"logged at {currency.sign}0 although the model has a price",
        "estimated": "with estimated token counts",
        "failed": "that failed: a provider bills what ran before a timeout or an interruption, a log often does not say",
    }
    return [f"{row[name]:,} {'call' if row[name] == 1 else 'calls'} {text}" for name, text in what.items() if row[name]]


def _beyond_tokens(row: dict[str, Any], currency: Currency) -> list[str]:
    found = []
    if row["other_invoiced_usd"]:
        known = f"{currency.cents(row['other_usd'])} of it is" if row["other_usd"] else "none of it is"
        invoiced = currency.cents(row["other_invoiced_usd"])
        found.append(f"{invoiced} of the invoice is for other things than tokens; {known} in the log")
    elif row["other_usd"]:
        other = currency.cents(row["other_usd"])
        found.append(f"ours holds {other} for other things than tokens (search, tools, images)")
    if row["overhead_usd"]:
        found.append(f"{currency.cents(row['overhead_usd'])} of our list total is for router, judge and shadow calls")
    return found
