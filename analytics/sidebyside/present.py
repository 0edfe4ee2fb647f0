"""A run in plain text, for the command line."""

from analytics.sidebyside.estimate import Price
from analytics.sidebyside.work import ModelFacts, RunFacts


def price_text(price: Price) -> str:
    """What a run would cost, in one sentence."""
    if price.expected_usd is None or price.most_usd is None:
        return f"{price.calls:,} calls of unknown cost: {', '.join(price.unpriced)} has no price."
    judge = f", of which ${price.judge_usd:,.4f} for the judge" if price.judge_usd else ""
    return (
        f"{price.calls:,} calls for about ${price.expected_usd:,.4f}{judge}; ${price.most_usd:,.4f} at the very most."
    )


def run_text(facts: RunFacts, loaded: int | None) -> str:
    """How a run stands, one line per model, and what to do next."""
    cost = "unpriced" if facts.cost_usd is None else f"${facts.cost_usd:,.4f}"
    lines = [
        f"Run {facts.run_id}: {facts.answered:,} of {facts.calls:,} calls answered for {cost}; "
        f"{facts.refused:,} refused attempts were tried again or left."
    ]
    width = max(len(one.model) for one in facts.models)
    lines += [_model(one, width) for one in facts.models]
    if facts.limited:
        lines.append(
            f"{facts.limited:,} answers were stopped by --max-output-tokens: with a higher limit they might score better."
        )
    if facts.maybe_billed:
        lines.append(
            f"{facts.maybe_billed:,} attempts were sent and not seen to end: they may have been billed, ${facts.maybe_usd:,.4f} at most."
        )
    if facts.given_up:
        lines.append(f"{facts.given_up:,} calls were given up, because they may have been billed twice already.")
    if facts.judge["calls"]:
        judge_cost = "unpriced" if facts.judge["cost_usd"] is None else f"${facts.judge['cost_usd']:,.4f}"
        lines.append(
            f"Judge, apart: {facts.judge['calls']:,} calls for {judge_cost}, {facts.judge['unclear']:,} unclear."
        )
    lines += [f"  {calls:,} x {error}" for error, calls in facts.errors]
    if facts.open:
        lines.append(f"{facts.open:,} calls are open: go on with --resume {facts.run_id}.")
    if loaded is not None:
        lines.append(f"{loaded:,} scores are loaded as side-by-side outcomes of the metric '{facts.metric}'.")
    return "\n".join(lines)


def _model(one: ModelFacts, width: int) -> str:
    cost = "unpriced" if one.cost_usd is None else f"${one.cost_usd:,.6f} each"
    quality = "not scored" if one.quality is None else f"quality {one.quality:.1%} of {one.scored:,}"
    wait = "unknown" if one.latency_ms is None else f"{one.latency_ms / 1000:.1f} s"
    return f"  {one.model:<{width}}  {one.answered:,} answers, {one.failed:,} missing, {quality}, {cost}, {wait}"
