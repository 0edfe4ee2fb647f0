"""Answers become evidence: scored answers of a run as side-by-side outcomes, loaded by the same door as a file of them."""

import json
import tempfile
from pathlib import Path
from typing import Any

from analytics.errors import RunError
from analytics.logs import LoadResult, load_outcomes
from analytics.logs.load import Progress
from analytics.sidebyside.judge import judge_scores
from analytics.sidebyside.ledger import Run
from analytics.sidebyside.order import order_of
from analytics.sidebyside.pricing import PriceList
from analytics.sidebyside.run import Call
from analytics.sidebyside.scoring import parse_check
from analytics.sidebyside.votes import vote_scores


def answer_key(prompt_id: str, model: str) -> str:
    """The name of a call in the ledger."""
    return json.dumps(["answer", prompt_id, model], ensure_ascii=False)


def answer_calls(run: Run) -> list[Call]:
    """The calls of a run's order."""
    order = order_of(run.order)
    return [
        Call(answer_key(prompt.prompt_id, model), prompt.prompt_id, model, prompt.text, order.max_output_tokens)
        for prompt, model in order.pairs()
    ]


def answers_of(run: Run) -> dict[tuple[str, str], dict[str, Any]]:
    """Ends of answered calls by (prompt_id, model)."""
    return {(end["prompt_id"], end["model"]): end for end in run.answered().values()}


def metric_of(run: Run) -> str:
    """The name under which a run's scores are kept: as ordered, else that of the check, of the judge, or of the votes."""
    order = order_of(run.order)
    return order.metric or order.check or ("judge" if order.judge else "votes")


def outcome_rows(run: Run, prices: PriceList) -> list[dict[str, Any]]:
    """Canonical rows of all answers that have a score: of the check, else of the judge, else of people's votes.

    `asked_model` is the model's name at its endpoint, on top of the canonical columns.
    """
    order = order_of(run.order)
    check = parse_check(order.check, order.check_argument) if order.check else None
    judged, voted, ends = judge_scores(run), vote_scores(run), answers_of(run)
    rows = []
    for prompt, model in order.pairs():
        pair = (prompt.prompt_id, model)
        end = ends.get(pair)
        if end is None:
            continue
        checked = end["checked"] if "checked" in end else check(prompt, end["text"]) if check else None
        quality = checked if check else judged.get(pair) if order.judge else voted.get(pair)
        if quality is None:
            continue
        rows.append(
            {
                "prompt_id": prompt.prompt_id, "model": prices.canonical(model), "asked_model": model, "quality": quality,
                "use_case": prompt.use_case, "complexity": prompt.complexity, "prompt": prompt.text or None,
                "input_tokens": end.get("input_tokens"), "output_tokens": end.get("output_tokens"),
                "latency_ms": end.get("latency_ms"), "cost_usd": end.get("cost_usd"),
                "quality_metric": metric_of(run), "judge_score": judged.get(pair),
                "inclusion_probability": prompt.inclusion_probability,
            }
        )  # fmt: skip
    return rows


def load_run(database: Path, run: Run, progress: Progress | None = None) -> LoadResult:
    """Load a run's scored answers as side-by-side outcomes; what is loaded already stays. Raises RunError without any."""
    rows = outcome_rows(run, PriceList(database))
    if not rows:
        raise RunError("No answer of this run has a score yet: give a check, a judge, or vote on answers first.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"run-{run.run_id}.jsonl"
        # Every row has all names: what is unknown is null.
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return load_outcomes(database, file, progress)
