"""Forgetting the texts of old runs: prompts, answers and what a judge wrote. Scores, grades, tokens, times and money stay.

What a score is worked out from goes, so the score itself is written down first; of a judge's reply the grades stay.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from analytics.errors import RunError
from analytics.logs.forget import Forgotten, forget_in_database
from analytics.people import require_editor
from analytics.sidebyside.judge import parse_grades
from analytics.sidebyside.ledger import Record, list_runs, open_ledger, read_run, run_file
from analytics.sidebyside.order import Prompt, order_of
from analytics.sidebyside.scoring import Check, parse_check


@dataclass(frozen=True)
class ForgottenTexts:
    """What was forgotten in a database and in the ledgers of its runs; `busy` runs were going on and were left alone."""

    database: Forgotten
    runs: int
    busy: tuple[str, ...] = ()


def forget_prompts(database: Path, before: datetime, thorough: bool = True) -> ForgottenTexts:
    """Forget the texts from before an instant, wherever a database keeps them; see `forget_in_database`."""
    require_editor("forget prompts")
    runs, busy = 0, []
    for run_id in list_runs(database):
        if _begun(run_id) < before:
            try:
                runs += forget_run(database, run_id)
            except RunError:
                busy.append(run_id)
    found = forget_in_database(database, before, thorough) if database.exists() else Forgotten()
    return ForgottenTexts(found, runs, tuple(busy))


def _begun(run_id: str) -> datetime:
    return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)


def forget_run(database: Path, run_id: str) -> bool:
    """Write a run's ledger anew without its texts; False when they are gone already. Raises RunError while it goes on."""
    if read_run(database, run_id).order.get("forgotten"):
        return False
    with open_ledger(database, run_id) as (_, run):
        file = run_file(database, run_id)
        order = order_of(run.order)
        check = parse_check(order.check, order.check_argument) if order.check else None
        prompts = {one.prompt_id: one for one in order.prompts}
        records = [json.loads(line) for line in file.read_bytes().split(b"\n") if line]
        lines = [json.dumps(_without_texts(one, prompts, check), ensure_ascii=False) for one in records]
        fresh = file.with_name(file.name + ".fresh")
        with fresh.open("w", encoding="utf-8", errors="replace") as handle:
            handle.write("\n".join(lines) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(file)
    return True


def _without_texts(record: Record, prompts: dict[str, Prompt], check: Check | None) -> Record:
    if record["kind"] == "order":
        emptied = [one | {"text": "", "expected": None} for one in record["prompts"]]
        return record | {"prompts": emptied, "forgotten": datetime.now(UTC).isoformat(timespec="seconds")}
    if record["kind"] != "end":
        return record
    changed: dict[str, Any] = {"text": "", "error": record.get("error", "").split(":")[0]}
    if record["origin"] == "judge":
        grades = parse_grades(record.get("text", ""), len(json.loads(record["call"])) - 4)
        changed["text"] = (
            "" if grades is None else json.dumps(dict(zip(ascii_uppercase, (10 * one for one in grades), strict=False)))
        )
    elif check is not None and record["status"] == "ok":
        changed["checked"] = check(prompts[record["prompt_id"]], record["text"])
    return record | changed
