"""What people prefer, asked without saying which model answered."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Literal, get_args

from analytics.errors import UsageError
from analytics.people import acting
from analytics.sidebyside.ledger import Run, open_ledger
from analytics.sidebyside.order import order_of

Verdict = Literal["first", "second", "tie"]
Pair = tuple[str, str, str]  # prompt_id, the model shown first, the one shown second


def pairs_to_vote(run: Run) -> list[Pair]:
    """Pairs of answers nobody has voted on, in an order and with sides that tell nothing of the models."""
    voted = {(one["prompt_id"], frozenset((one["first"], one["second"]))) for one in run.votes}
    answered: dict[str, list[str]] = {}
    for end in run.answered().values():
        answered.setdefault(end["prompt_id"], []).append(end["model"])
    pairs = [
        _sides(run.run_id, prompt.prompt_id, pair)
        for prompt in order_of(run.order).prompts
        for pair in combinations(sorted(answered.get(prompt.prompt_id, ())), 2)
        if (prompt.prompt_id, frozenset(pair)) not in voted
    ]
    return sorted(pairs, key=lambda pair: _hash(run.run_id, *pair))


def _sides(run_id: str, prompt_id: str, pair: Sequence[str]) -> Pair:
    first, second = pair if _hash(run_id, prompt_id, *pair)[0] % 2 else (pair[1], pair[0])
    return prompt_id, first, second


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).digest()


def keep_vote(database: Path, run_id: str, pair: Pair, verdict: Verdict) -> None:
    """Write a vote into the run's ledger. Raises RunError while the run is going on."""
    if verdict not in get_args(Verdict):
        raise UsageError(f"A vote is one of {', '.join(get_args(Verdict))}.")
    with open_ledger(database, run_id) as (ledger, _):
        prompt_id, first, second = pair
        at = datetime.now(UTC).isoformat(timespec="seconds")
        ledger.append(
            {
                "kind": "vote",
                "prompt_id": prompt_id,
                "first": first,
                "second": second,
                "verdict": verdict,
                "at": at,
                "who": acting().name,
            }
        )


def vote_scores(run: Run) -> dict[tuple[str, str], float]:
    """Share of its votes that an answer won, ties half, by (prompt_id, model)."""
    won: dict[tuple[str, str], list[float]] = {}
    for one in run.votes:
        points = {"first": 1.0, "tie": 0.5, "second": 0.0}[one["verdict"]]
        won.setdefault((one["prompt_id"], one["first"]), []).append(points)
        won.setdefault((one["prompt_id"], one["second"]), []).append(1.0 - points)
    return {pair: sum(points) / len(points) for pair, points in won.items()}
