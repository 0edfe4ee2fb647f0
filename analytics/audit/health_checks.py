"""The checks that roll-ups answer; each gives its findings, or none."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.audit.dimensions import ROLLUP
from analytics.audit.health_finding import Completeness, Finding, counted
from analytics.audit.health_gaps import Gap
from analytics.currency import Rates
from analytics.outcomes.health import find_suspicious
from analytics.scope import Scope
from analytics.store import Store

# The dearest list price known is some $600 per million tokens, the cheapest a few cents.
LEAST_USD_PER_1K, MOST_USD_PER_1K = 1e-6, 1.0
# Discounts, fees and retries move billed cost away from list price by far less than a wrong unit does.
MOST_TIMES_LIST = 20.0
UNITS = ((100.0, "cents"), (1e3, "thousandths of a dollar"), (1e6, "microdollars"), (1e9, "nanodollars"))
LEAST_LACKING = 0.01
FIELDS = {
    "use_case": "use case", "team": "team", "environment": "environment", "provider": "provider",
    "latency": "latency", "cost": "billed cost", "score": "quality score",
}  # fmt: skip
# What it means that some lack a field, and what that all do.
_LACKING = {
    "use_case": ("Their cost and quality cannot be told apart by what they are for: send it with each call.",
                 "Cost and quality cannot be told apart by what requests are for: send it with each call."),
    "team": ("Their cost cannot be charged to anybody: send it with each call.",
             "Cost cannot be charged to anybody: send it with each call."),
    "environment": ("Tests and production are mixed for them: send it with each call.",
                    "Tests and production are mixed: send it with each call."),
    "provider": ("They cannot be held against an invoice: log the provider.",
                 "Nothing can be held against an invoice: log the provider."),
    "latency": ("Speed is known from the others only: log latency_ms.",
                "Speed is unknown: log latency_ms."),
    "cost": ("What was billed is known for the others only; list cost is not affected.",
             "What was billed is unknown; list cost is not affected."),
    "score": ("Quality is judged by the others: see Evidence for how many scores are enough.",
              "Quality is unknown until some answers are scored: see Evidence for how many are enough."),
}  # fmt: skip


def completeness(store: Store, scope: Scope, rates: Rates) -> Completeness:
    """How much of the log is priced, and what share of its calls lacks each field."""
    log, values = ROLLUP.log(scope, rates)
    row: dict[str, Any] = store.frame(
        "SELECT coalesce(sum(attempts), 0)::BIGINT AS attempts, coalesce(sum(requests), 0)::BIGINT AS requests, "
        "sum(list_cost_usd * per_usd) AS list_cost, coalesce(sum(attempts) - sum(billed_known), 0)::BIGINT AS cost, "
        "coalesce(sum(requests) - sum(failed_requests) - sum(latency_n), 0)::BIGINT AS latency, "
        + ", ".join(
            f"coalesce(sum(attempts) FILTER ({name} IS NULL), 0)::BIGINT AS {name}"
            for name in ("use_case", "team", "environment", "provider")
        )
        + f", (SELECT coalesce(sum(n), 0)::BIGINT FROM class_scores) AS scored FROM {log}",
        values,
    ).row(0, named=True)
    row["score"] = max(row["requests"] - row["scored"], 0)
    unpriced = store.rows(
        "SELECT model, sum(unpriced)::BIGINT FROM rollup GROUP BY model HAVING sum(unpriced) > 0 ORDER BY 2 DESC, 1"
    )
    of = {name: row["requests"] if name in ("latency", "score") else row["attempts"] for name in FIELDS}
    lacking = {name: row[name] / of[name] for name in FIELDS if of[name]}
    return Completeness(row["attempts"], row["requests"], row["list_cost"], dict(unpriced), lacking)


def unpriced(found: Completeness) -> list[Finding]:
    """One finding per model without a price."""
    return [
        Finding(
            "wrong",
            f"{model} has no price",
            f"{counted(calls, 'call is', 'calls are')} counted but not costed: the list cost is too low by an unknown amount.",
            "Give it a price, or say which model it is, under Prices; then re-price the log.",
            calls=calls,
        )
        for model, calls in found.unpriced.items()
    ]


def units(store: Store, scope: Scope, rates: Rates) -> list[Finding]:
    """Billed costs that cannot be dollars: far from list price, or from any price that exists."""
    log, values = ROLLUP.log(scope, rates)
    rows = store.rows(
        "SELECT model, source, sum(billed_cost_usd), sum(billed_known)::BIGINT, sum(list_cost_usd), "
        "(sum(attempts) - sum(unpriced))::BIGINT, sum(input_tokens + output_tokens) / sum(attempts), "
        f"sum(billed_cost_usd * per_usd) FROM {log} GROUP BY model, source HAVING sum(billed_cost_usd) > 0 ORDER BY 3 DESC",
        values,
    )
    sign = rates.latest(scope.currency).sign
    return [finding for row in rows for finding in _unit(sign, *row)]


def _unit(
    sign: str,
    model: str,
    source: str,
    billed: float,
    known: int,
    listed: float | None,
    priced: int,
    tokens: float,
    cost: float,
) -> list[Finding]:
    per_call = billed / known
    if listed and priced:
        times = per_call / (listed / priced)
        if 1 / MOST_TIMES_LIST <= times <= MOST_TIMES_LIST:
            return []
        compared = f"{times:,.0f} times its list price" if times > 1 else f"a {1 / times:,.0f}th of its list price"
        near = min(UNITS, key=lambda unit: abs(math.log(times / unit[0])))
        guess = f": these look like {near[1]}" if abs(math.log(times / near[0])) < math.log(3) else ""
    else:
        per_1k = 1000 * per_call / tokens if tokens else 0.0
        if not tokens or LEAST_USD_PER_1K <= per_1k <= MOST_USD_PER_1K:
            return []
        compared, guess = f"{sign}{per_1k * cost / billed:,.6g} per 1,000 tokens, which nobody charges", ""
    return [
        Finding(
            "wrong",
            f"{model}: billed cost in another unit than dollars",
            f"{counted(known, 'call', 'calls')} of source {source}, billed at {compared}{guess}.",
            "Convert cost_usd to US dollars where the log is written, and load it again.",
            calls=known,
            cost=cost,
        )
    ]


def gaps(found: Sequence[Gap], log: Completeness) -> list[Finding]:
    """One finding for all gaps in time."""
    if not found:
        return []
    missing = sum(gap.missing for gap in found)
    longest = max(found, key=lambda gap: gap.missing)
    hours = sum(gap.hours for gap in found)
    where = f"the longest from {longest.start:%Y-%m-%d %H:%M} to {longest.end:%Y-%m-%d %H:%M} UTC"
    return [
        Finding(
            "wrong",
            f"{counted(hours, 'hour is', 'hours are')} missing",
            f"{counted(len(found), 'gap has', 'gaps have')} almost no calls where about {missing:,.0f} are usual, {where}.",
            "Load the logs of that time; if nothing ran, there is nothing to mend.",
            calls=round(missing),
            cost=missing * log.list_cost / log.attempts if log.list_cost and log.attempts else None,
        )
    ]


def loads(store: Store) -> list[Finding]:
    """Rows that were refused, and rows that were already there."""
    rejected, duplicates = store.rows(
        "SELECT coalesce(sum(rejected), 0)::BIGINT, coalesce(sum(duplicates), 0)::BIGINT FROM loads WHERE kind = 'log'"
    )[0]
    found = []
    if rejected:
        example = store.rows("SELECT reason FROM rejections GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 1")
        because = f", most often because {example[0][0]}" if example else ""
        found.append(
            Finding(
                "missing",
                f"{counted(rejected, 'row was', 'rows were')} refused",
                f"They are in no number here{because}.",
                "Download them with their reasons on Sources, mend and load them again.",
                calls=rejected,
            )
        )
    if duplicates:
        found.append(
            Finding(
                "note",
                f"{counted(duplicates, 'row was', 'rows were')} already there",
                "The same request_id came again from the same source; each is counted once.",
                "Nothing to mend, unless ids repeat that should not.",
                calls=duplicates,
            )
        )
    return found


def lacking(found: Completeness) -> list[Finding]:
    """Fields that calls lack: some of them is a hole, all of them a choice."""
    findings = []
    for name, share in found.lacking.items():
        if share < LEAST_LACKING:
            continue
        of, what = (found.requests, "requests") if name in ("latency", "score") else (found.attempts, "calls")
        every = share >= 1
        level: Any = "missing" if not every and name != "score" else "note"
        findings.append(
            Finding(
                level,
                f"No {what[:-1]} says its {FIELDS[name]}"
                if every
                else f"{share:.1%} of {what} do not say their {FIELDS[name]}",
                "",
                _LACKING[name][every],
                calls=round(share * of),
                of="requests" if what == "requests" else "calls",
            )
        )
    return findings


def scores(store: Store) -> list[Finding]:
    """Scores that look broken: see `analytics.outcomes.health`."""
    frame = store.frame(
        "SELECT metric, coalesce(use_case, 'unknown') AS use_case, model, sum(n)::DOUBLE AS n, sum(quality) AS total "
        "FROM class_scores GROUP BY ALL ORDER BY ALL"
    )
    findings = []
    for metric in frame["metric"].unique(maintain_order=True).to_list():
        part = frame.filter(frame["metric"] == metric)
        use_cases, models = (tuple(sorted(set(part[name].to_list()))) for name in ("use_case", "model"))
        n, total = (np.zeros((len(use_cases), len(models))) for _ in range(2))
        for use_case, model, count, sum_ in part.select("use_case", "model", "n", "total").iter_rows():
            place = use_cases.index(use_case), models.index(model)
            n[place], total[place] = count, sum_
        findings += [
            Finding(
                "wrong",
                f"Scores of {cell.model} on {cell.use_case} look broken",
                f"{cell.mean:.0%} over {cell.n:,} scores of '{metric}' where {cell.expected:.0%} would fit the other models and use cases.",
                "Check the scorer before believing either.",
                calls=cell.n,
            )
            for cell in find_suspicious(use_cases, models, n, total)
        ]
    return findings
