"""Carrying out calls: concurrent within each endpoint's limit, retried with backoff, under one hard cap, none paid twice.

The cap holds whatever the answers are: before a call is made, the most it can cost is set aside, and it is made only when
that still fits. What may have been billed without an answer counts at its most.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import stamina

from analytics.errors import RunError, UsageError
from analytics.http import guarded_client, hidden_forms
from analytics.sidebyside.call import Outcome, ask
from analytics.sidebyside.endpoints import Endpoint, endpoint_of
from analytics.sidebyside.ledger import CallState, Ledger, Run
from analytics.sidebyside.pricing import PriceList
from analytics.sidebyside.protocols import build_request
from analytics.waiting import wait_for

# Attempts of a call until it is left for the next resume, and those of them that may have been billed, ever.
ATTEMPTS, MOST_MAYBE_BILLED = 6, 2
FIRST_WAIT_S, LONGEST_WAIT_S, JITTER_S = 0.5, 30.0, 1.0

# Retries are the run's daily bread: they are in the ledger, not on standard error.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Call:
    """One answer to get. `key` names it in the ledger for ever; origin is 'user', or 'judge' for grading."""

    key: str
    prompt_id: str
    model: str
    text: str
    max_output_tokens: int
    origin: str = "user"


@dataclass(frozen=True)
class Standing:
    """How far a run is: calls of this stage that are answered, that are to be made, and USD spent on all of the run."""

    done: int
    total: int
    spent_usd: float


Tell = Callable[[Standing], None]


class _AgainError(Exception):
    def __init__(self, wait_s: float | None) -> None:
        super().__init__("again")
        self.wait_s = wait_s


class _Budget:
    """Money that is spent or set aside; unpriced calls are only made without a cap and count nothing."""

    def __init__(self, max_usd: float | None, spent_usd: float) -> None:
        self.max_usd, self.spent_usd, self._aside, self._changed = max_usd, spent_usd, 0.0, asyncio.Condition()
        self.exhausted = False

    async def set_aside(self, most_usd: float) -> bool:
        """Wait until the amount fits under the cap; False when it never will."""
        async with self._changed:
            while self.max_usd is not None and self.spent_usd + self._aside + most_usd > self.max_usd:
                if self._aside <= 0.0:
                    self.exhausted = True
                    return False
                await self._changed.wait()
            self._aside += most_usd
            return True

    async def settle(self, most_usd: float, spent_usd: float) -> None:
        """Give back what was set aside and count what was spent."""
        async with self._changed:
            # A sum of floats that comes and goes does not end at zero by itself.
            self._aside = max(0.0, self._aside - most_usd)
            self._aside = 0.0 if self._aside < 1e-12 else self._aside
            self.spent_usd += spent_usd
            self._changed.notify_all()


def spent_usd(run: Run) -> float:
    """What a run has cost: answers at list price, and what may have been billed at its most."""
    answered = [one.ok for one in run.calls.values() if one.ok]
    known = sum(one["cost_usd"] if one.get("cost_usd") is not None else one.get("most_usd") or 0.0 for one in answered)
    return float(known + sum(one.maybe_usd for one in run.calls.values()))


def open_calls(calls: Iterable[Call], run: Run) -> list[Call]:
    """Those that still have to be made: not answered, and not given up because they may have been billed twice."""
    states = ((one, run.calls.get(one.key)) for one in calls)
    return [one for one, state in states if state is None or (not state.ok and state.maybe_billed < MOST_MAYBE_BILLED)]


def carry_out(
    calls: Sequence[Call],
    ledger: Ledger,
    run: Run,
    endpoints: Sequence[Endpoint],
    prices: PriceList,
    max_usd: float | None = None,
    tell: Tell | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Make the calls that are still open and bring `run` up to date; False when the cap stopped it.

    Raises EndpointError when a model has no endpoint or a key is missing, UsageError for a cap on unpriced models.
    """
    wanted = open_calls(calls, run)
    unpriced = prices.unpriced(list(dict.fromkeys(one.model for one in wanted)))
    if max_usd is not None and unpriced:
        raise UsageError(
            f"{', '.join(unpriced)} has no price, so that no cap can hold: add its price on the Prices page, or run without a cap."
        )
    queues: dict[str, deque[Call]] = {}
    used: dict[str, tuple[Endpoint, str]] = {}
    for one in wanted:
        endpoint = endpoint_of(one.model, endpoints)
        if endpoint.name not in used:
            used[endpoint.name] = (endpoint, endpoint.key())
        queues.setdefault(endpoint.name, deque()).append(one)
    secrets = hidden_forms(key for _, key in used.values())
    work = _Work(ledger, run, prices, secrets, len(calls), [one.key for one in calls], max_usd, tell, stopped)
    try:
        return wait_for(work.run([(*used[name], queue) for name, queue in queues.items()]))
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
    if isinstance(first, RunError):
        raise first
    raise RunError(f"The run broke off ({type(first).__name__}): resume it.")


class _Work:
    """The state of one stretch of work."""

    def __init__(
        self, ledger: Ledger, run: Run, prices: PriceList, secrets: Sequence[str], total: int, keys: Sequence[str],
        max_usd: float | None, tell: Tell | None, stopped: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._ledger, self._run, self._prices, self._secrets = ledger, run, prices, secrets
        self._total, self._keys, self._max_usd, self._tell, self._stopped = total, keys, max_usd, tell, stopped

    async def run(self, parts: Sequence[tuple[Endpoint, str, deque[Call]]]) -> bool:
        """Work through each endpoint's queue."""
        self._budget = _Budget(self._max_usd, spent_usd(self._run))
        self._show()
        async with asyncio.TaskGroup() as group:
            for endpoint, key, queue in parts:
                group.create_task(self._endpoint(endpoint, key, queue))
        return not self._budget.exhausted

    async def _endpoint(self, endpoint: Endpoint, key: str, queue: deque[Call]) -> None:
        workers = min(endpoint.max_concurrent, len(queue))
        async with (
            guarded_client(endpoint.allow_private, workers, endpoint.timeout_s) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(workers):
                group.create_task(self._worker(client, endpoint, key, queue))

    async def _worker(self, client: httpx.AsyncClient, endpoint: Endpoint, key: str, queue: deque[Call]) -> None:
        while queue and not self._over():
            call = queue.popleft()
            try:
                async for attempt in stamina.retry_context(
                    on=self._wait, attempts=ATTEMPTS, timeout=None, wait_initial=FIRST_WAIT_S, wait_max=LONGEST_WAIT_S,
                    wait_jitter=JITTER_S,
                ):  # fmt: skip
                    with attempt:
                        await self._attempt(client, endpoint, key, call)
            except _AgainError:
                pass  # its state says why; a resume tries again
            self._show()

    def _over(self) -> bool:
        return self._stopped() or self._budget.exhausted

    def _wait(self, error: Exception) -> bool | float:
        """Whether to try again, and after how many seconds if the endpoint said so."""
        if not isinstance(error, _AgainError) or self._over():
            return False
        return True if error.wait_s is None else error.wait_s + random.uniform(0.0, JITTER_S)

    async def _attempt(self, client: httpx.AsyncClient, endpoint: Endpoint, key: str, call: Call) -> None:
        state = self._run.calls.setdefault(call.key, CallState())
        most = self._prices.most_usd(call.model, call.text, call.max_output_tokens)
        if not await self._budget.set_aside(most or 0.0):
            return
        number, spent = state.attempts + 1, most or 0.0
        try:
            about = {"call": call.key, "attempt": number, "origin": call.origin, "model": call.model, "most_usd": most}
            await asyncio.to_thread(self._ledger.append, {"kind": "start", **about, "at": _now()})
            state.attempts = number
            request = build_request(endpoint, key, call.model, call.text, call.max_output_tokens)
            outcome = await ask(client, endpoint, request, self._secrets)
            cost = self._prices.cost_usd(call.model, outcome.usage) if outcome.usage else None
            end = {"kind": "end", **about, "prompt_id": call.prompt_id, "endpoint": endpoint.name, "at": _now()}
            end |= _told(outcome) | {"cost_usd": cost if outcome.status == "ok" else None}
            await asyncio.to_thread(self._ledger.append, end)
            # An answer whose tokens nobody counted counts at its most, as one that may have been billed does.
            known = cost if cost is not None else (most or 0.0)
            spent = known if outcome.status == "ok" else (most or 0.0) if outcome.status == "cut" else 0.0
            self._note(state, outcome, end)
        finally:
            await self._budget.settle(most or 0.0, spent)
        if outcome.status == "refused" or (outcome.status == "cut" and state.maybe_billed < MOST_MAYBE_BILLED):
            raise _AgainError(outcome.retry_after_s)

    def _note(self, state: CallState, outcome: Outcome, end: dict[str, Any]) -> None:
        state.error = outcome.error
        if outcome.status == "ok":
            state.ok = end
            return
        setattr(state, outcome.status, getattr(state, outcome.status) + 1)
        if outcome.status == "cut":
            state.maybe_usd += end["most_usd"] or 0.0

    def _show(self) -> None:
        if self._tell is not None:
            done = sum(1 for key in self._keys if key in self._run.calls and self._run.calls[key].ok)
            self._tell(Standing(done, self._total, self._budget.spent_usd))


def _told(outcome: Outcome) -> dict[str, Any]:
    told = asdict(outcome)
    usage = told.pop("usage")
    told.pop("retry_after_s")
    return told | (usage or {})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
