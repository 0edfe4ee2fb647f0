"""Can the log be trusted: what is wrong or missing in it, what that affects, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.audit import health_checks as checks
from analytics.audit.health_finding import LEVELS, Completeness, Finding
from analytics.audit.health_gaps import Gap, calls_by_hour, find_gaps
from analytics.audit.health_rows import row_findings
from analytics.reconcile import MonthCheck, reconcile
from analytics.store import Store

__all__ = ["Completeness", "Finding", "Gap", "Health", "log_health"]


@dataclass(frozen=True)
class Health:
    """The log's health; findings come in the order in which they should be mended."""

    completeness: Completeness
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]


def log_health(store: Store) -> Health:
    """The health of the whole log: roll-ups, and a few passes over raw rows where roll-ups cannot tell."""
    completeness = checks.completeness(store)
    gaps = find_gaps(calls_by_hour(store))
    findings = [
        *checks.unpriced(completeness),
        *checks.units(store),
        *checks.gaps(gaps, completeness),
        *checks.loads(store),
        *checks.lacking(completeness),
        *checks.scores(store),
        *row_findings(store),
        *_bills(reconcile(store)),
    ]
    return Health(completeness, tuple(gaps), tuple(sorted(findings, key=lambda one: _urgency(one, completeness))))


def _urgency(finding: Finding, completeness: Completeness) -> tuple[int, float]:
    """What makes numbers wrong comes first, then what is missing; within each, the larger share of money or calls."""
    money = (finding.usd or 0.0) / completeness.list_usd if completeness.list_usd else 0.0
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
        f"Our total is ${difference:,.2f} {way} than the invoice of ${check.invoice_usd:,.2f}{because}.",
        "See Reconciliation for what may explain it.",
        usd=difference,
    )
