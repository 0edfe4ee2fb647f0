"""Can the log be trusted: what is wrong or missing in it, what that affects, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.audit import health_checks as checks
from analytics.audit.health_finding import LEVELS, Completeness, Finding
from analytics.audit.health_gaps import Gap, calls_by_hour, find_gaps
from analytics.audit.health_rows import row_findings
from analytics.currency import NO_RATES, Rates
from analytics.reconcile import MonthCheck, reconcile
from analytics.scope import Scope
from analytics.store import Store

__all__ = ["Completeness", "Finding", "Gap", "Health", "log_health"]


@dataclass(frozen=True)
class Health:
    """The log's health; findings come in the order in which they should be mended."""

    completeness: Completeness
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]


def log_health(store: Store, currency: str = "USD", rates: Rates = NO_RATES) -> Health:
    """The health of the whole log: roll-ups, and a few passes over raw rows where roll-ups cannot tell.

    What was spent is converted at the rate of its day (UTC).
    """
    whole = Scope(currency=currency)
    completeness = checks.completeness(store, whole, rates)
    gaps = find_gaps(calls_by_hour(store))
    findings = [
        *checks.unpriced(completeness),
        *checks.units(store, whole, rates),
        *checks.gaps(gaps, completeness),
        *checks.loads(store),
        *checks.lacking(completeness),
        *checks.scores(store),
        *row_findings(store, whole, rates),
        *_bills(reconcile(store, currency, rates)),
    ]
    return Health(completeness, tuple(gaps), tuple(sorted(findings, key=lambda one: _urgency(one, completeness))))


def _urgency(finding: Finding, completeness: Completeness) -> tuple[int, float]:
    """What makes numbers wrong comes first, then what is missing; within each, the larger share of money or calls."""
    money = (finding.cost or 0.0) / completeness.list_cost if completeness.list_cost else 0.0
    calls = (finding.calls or 0) / max(completeness.attempts, 1)
    return LEVELS.index(finding.level), -max(money, calls)


def _bills(checks: Sequence[MonthCheck]) -> list[Finding]:
    """Months that are far from their invoice; a word when there is no invoice at all."""
    if checks and all(check.invoice_usd is None for check in checks):
        return [
            Finding(
                "note",
                "No invoice is loaded",
                "Nothing holds our totals against what providers billed.",
                "Add an invoice or a cost report under Reconciliation.",
            )
        ]
    return [_captured(check) for check in checks if check.capture in ("low", "high")]


def _captured(check: MonthCheck) -> Finding:
    way = "less" if check.capture == "low" else "more"
    because = f": {check.explanations[0]}" if check.explanations else ""
    difference = abs(check.difference_usd or 0.0)
    return Finding(
        "wrong",
        f"{check.provider}, {check.month:%Y-%m}: {check.capture_rate:.0%} of the invoice",
        f"Our total is {check.currency.cents(difference)} {way} than the invoice of "
        f"{check.currency.cents(check.invoice_usd or 0.0)}{because}.",
        "See Reconciliation for what may explain it.",
        cost=check.currency.amount(difference),
    )
