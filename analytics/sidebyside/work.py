"""A run from its order to its evidence: begin it, resume it, grade it, say how it stands."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analytics.errors import RunError, UsageError
from analytics.sidebyside.endpoints import Endpoint, endpoint_of, endpoints_file, named_endpoints, read_endpoints
from analytics.sidebyside.judge import judge_calls, judge_facts
from analytics.sidebyside.ledger import CallState, Run, new_run_id, open_ledger, read_run
from analytics.sidebyside.order import Order, order_of, order_record
from analytics.sidebyside.outcomes import answer_calls, answers_of, metric_of
from analytics.sidebyside.pricing import PriceList
from analytics.sidebyside.protocols import STOPPED_BY_LIMIT
from analytics.sidebyside.run import MOST_MAYBE_BILLED, Standing, Tell, carry_out, spent_usd
from analytics.sidebyside.scoring import parse_check
from analytics.store import file_change


@dataclass(frozen=True)
class ModelFacts:
    """One model of a run: its calls by how they stand, and what its answers took (means over answers, None unknown)."""

    model: str
    answered: int
    failed: int
    quality: float | None
    scored: int
    cost_usd: float | None
    latency_ms: float | None
    ttft_ms: float | None
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class RunFacts:
    """All calls of a run accounted for: calls = answered + open + given up.

    limited: answers that were stopped by the limit of output tokens. maybe_billed: attempts that were sent and whose end nobody saw; they may have been billed, and count in spent_usd at
    their most (maybe_usd). cost_usd: list price of the answers alone. judge: what grading took, apart.
    """

    run_id: str
    calls: int
    answered: int
    open: int
    given_up: int
    limited: int
    attempts: int
    refused: int
    rejected: int
    maybe_billed: int
    maybe_usd: float
    cost_usd: float | None
    spent_usd: float
    max_usd: float | None
    metric: str
    judge: dict[str, Any]
    models: tuple[ModelFacts, ...]
    errors: tuple[tuple[str, int], ...]


def begin_run(database: Path, order: Order, run_id: str | None = None) -> str:
    """Check the order, write it down, and give the run's id; no call is made. Raises RoutecastErrors for what is wrong."""
    endpoints = named_endpoints(read_endpoints(database), order.endpoints, endpoints_file(database))
    for model in (*order.models, *([order.judge] if order.judge else [])):
        endpoint_of(model, endpoints).key()
    if order.check:
        parse_check(order.check, order.check_argument)
    unpriced = PriceList(database).unpriced([*order.models, *([order.judge] if order.judge else [])])
    if order.max_usd is not None and unpriced:
        raise UsageError(
            f"{', '.join(unpriced)} has no price, so that no cap can hold: add its price on the Prices page, or run without a cap."
        )
    run_id = run_id or new_run_id()
    calls = sum(1 for _ in order.pairs())
    cap = "no cap" if order.max_usd is None else f"at most {order.max_usd:,.2f} USD"
    with (
        file_change(database, "order a side-by-side run", f"{run_id}: {calls:,} calls, {cap}"),
        open_ledger(database, run_id, order_record(order)),
    ):
        return run_id


def go_on(
    database: Path,
    run_id: str,
    tell: Callable[[str, Standing], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
    max_usd: float | None = None,
) -> Run:
    """Make the calls of a run that are still open, answers first, then the judge's; `max_usd` raises or lowers its cap."""
    with open_ledger(database, run_id) as (ledger, run):
        if run.order.get("forgotten"):
            raise RunError(f"The prompts of run {run_id} were forgotten: its open calls cannot be made any more.")
        with file_change(database, "make the calls of a run", run_id):
            pass  # before the first one: what may cost money is noted however it ends
        order = order_of(run.order)
        cap = order.max_usd if max_usd is None else max_usd
        endpoints: Sequence[Endpoint] = named_endpoints(
            read_endpoints(database), order.endpoints, endpoints_file(database)
        )
        prices = PriceList(database)

        def stage(what: str) -> Tell | None:
            return None if tell is None else lambda standing: tell(what, standing)

        fits = carry_out(answer_calls(run), ledger, run, endpoints, prices, cap, stage("answers"), stopped)
        if fits and order.judge and not stopped():
            texts = {pair: end["text"] for pair, end in answers_of(run).items()}
            carry_out(judge_calls(order, texts), ledger, run, endpoints, prices, cap, stage("grades"), stopped)
    return read_run(database, run_id)


def run_facts(run: Run, rows: Sequence[dict[str, Any]] = ()) -> RunFacts:
    """How a run stands; `rows` are its outcome rows, in the order's order of pairs."""
    order = order_of(run.order)
    calls = answer_calls(run)
    states = [run.calls.get(one.key, CallState()) for one in calls]
    given_up = sum(not one.ok and one.maybe_billed >= MOST_MAYBE_BILLED for one in states)
    answered = sum(one.ok is not None for one in states)
    costs = [one.ok["cost_usd"] for one in states if one.ok]
    errors = Counter(one.error for one in states if not one.ok and one.error)
    return RunFacts(
        run.run_id, len(calls), answered, len(calls) - answered - given_up, given_up,
        sum(one.ok is not None and one.ok["stopped_because"] in STOPPED_BY_LIMIT for one in states),
        sum(one.attempts for one in states), sum(one.refused for one in states), sum(one.rejected for one in states),
        sum(one.maybe_billed for one in states), sum(one.maybe_usd for one in states),
        None if None in costs else float(sum(costs)), spent_usd(run), order.max_usd, metric_of(run), judge_facts(run),
        tuple(_model_facts(run, model, rows) for model in order.models), tuple(errors.most_common(5)),
    )  # fmt: skip


def _model_facts(run: Run, model: str, rows: Sequence[dict[str, Any]]) -> ModelFacts:
    order, ends = order_of(run.order), answers_of(run)
    asked = [prompt.prompt_id for prompt in order.prompts if model in order.models_of(prompt)]
    mine = [ends[prompt_id, model] for prompt_id in asked if (prompt_id, model) in ends]
    scores = [row["quality"] for row in rows if row["asked_model"] == model]
    costs = [end["cost_usd"] for end in mine]
    return ModelFacts(
        model, len(mine), len(asked) - len(mine), _mean(scores), len(scores),
        None if None in costs else _mean(costs), _mean([end.get("latency_ms") for end in mine]),
        _mean([end.get("ttft_ms") for end in mine]), sum(end.get("input_tokens") or 0 for end in mine),
        sum(end.get("output_tokens") or 0 for end in mine),
    )  # fmt: skip


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def facts_json(facts: RunFacts) -> dict[str, Any]:
    """The facts with USD, milliseconds, shares in [0, 1], unknown as null."""
    return asdict(facts) | {"errors": [{"error": error, "calls": calls} for error, calls in facts.errors]}
