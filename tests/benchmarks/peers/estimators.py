"""What a policy would achieve, told from a log: our projection and its checks, against Open Bandit Pipeline's estimators.

MMLU answers of two models, of which every replay logs one per prompt and scores 30%. Three kinds of log: with the propensities
by which the model was chosen, as OBP's estimators require; the same without; and without them, where the model was also chosen
for a reason that no log shows: the odds of the strong one are about three times as high where the weak one would fail. Without
propensities OBP is given those that our classes (use case and band of complexity) suggest. OBP's model of the rewards is a
logistic regression on use case, tenth of complexity and model; its intervals are its bootstraps. Errors, widths and coverage
are of all five architectures of a backtest together; seconds are of processor time.
"""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analytics.backtest import Behaviour, FullInformation
from analytics.backtest.replay import Question, questions
from analytics.outcomes.arrays import FloatArray
from analytics.outcomes.grades import LEAST_PROPENSITY
from analytics.simulation.results import Estimate, Scenario
from analytics.simulation.simulate import project
from tests.benchmarks.material import line, outcomes_file, read_trusted
from tests.benchmarks.peers.obp_environment import obp_python
from tests.benchmarks.peers.shown_log import ShownLog, choices, draw, show
from tests.benchmarks.truth import by_length

REPLAYS, STRENGTH, PAIRS = 100, 1.0, 300
# Name, whether propensities are in the log, and the weight of the hidden reason (0.5: odds times exp(0.5 / 0.47)).
SETTINGS = (
    ("propensities in the log", True, 0.0),
    ("the same logs without them", False, 0.0),
    ("a hidden reason besides", False, 0.5),
)
WORKER = Path(__file__).with_name("obp_worker.py")
LOG_ONLY, WITH_PAIRS, SNIPS, DR = "projection, log alone", f"projection, {PAIRS} pairs", "check: SNIPS", "check: DR"


@dataclass(frozen=True)
class Answers:
    """`found` (replays, questions, 3): mean, low, high, NaN where unknown; seconds per replay."""

    found: FloatArray
    seconds: float


def main(folder: Path) -> None:
    """Print a table per setting, and how far the two SNIPS are apart."""
    source = outcomes_file()
    if source is None:
        print("estimators: give a file of outcomes with prompts (python -m tests.benchmarks peers FILE)")
        return
    python = obp_python()
    if python is None:
        return
    full = read_trusted(source)
    asked = questions(full)
    print(f"{len(full):,} prompts, {REPLAYS} replays, {len(asked)} architectures; in points of quality")
    for title, recorded, hidden in SETTINGS:
        law = Behaviour(title, 0, by_length(STRENGTH, recorded, hidden))
        logs = [show(full, asked, law, number) for number in range(REPLAYS)]
        ours = _projected(full, asked, law) | _checked(logs)
        theirs = _ask_obp(python, folder, logs)
        print(f"\n{title:32} mean |bias|   RMSE  coverage (least)   width  CPU s a replay")
        for name, answers in (ours | {f"OBP, {name}": one for name, one in theirs.items()}).items():
            _row(name, answers, np.array([one.truth for one in asked]))
        slow = theirs["DR, cross-fitted"].seconds
        line("CPU: five projections, 300 pairs", ours[WITH_PAIRS].seconds, "OBP's DR, cross-fitted, of five", slow, 5.0)
        line("CPU: five SNIPS and DR checks", ours[SNIPS].seconds, "OBP's SNIPS of five", theirs["SNIPS"].seconds, 2.0)
        _compare_snips(python, folder, full, asked, law)


def _projected(full: FullInformation, asked: list[Question], law: Behaviour) -> dict[str, Answers]:
    answers = {}
    for name, pairs in ((LOG_ONLY, 0), (WITH_PAIRS, PAIRS)):
        drawn = [draw(full, asked, law, number, pairs)[0] for number in range(REPLAYS)]
        start = time.process_time()
        found = [
            [one.quality for one in project(inputs, [one.architecture for one in asked], Scenario(), number).projections[1:]]
            for number, inputs in enumerate(drawn)
        ]  # fmt: skip
        answers[name] = Answers(_array(found), (time.process_time() - start) / REPLAYS)
    return answers


def _checked(logs: list[ShownLog]) -> dict[str, Answers]:
    start = time.process_time()
    found = [log.checks() for log in logs]
    seconds = (time.process_time() - start) / len(logs)
    return {
        name: Answers(_array([[pair[place] for pair in one] for one in found]), seconds)
        for place, name in enumerate((SNIPS, DR))
    }


def _ask_obp(python: Path, folder: Path, logs: list[ShownLog], least: float = 0.0) -> dict[str, Answers]:
    """OBP's answers; rows whose propensity is below `least` are kept from it."""
    full, asked = logs[0].full, logs[0].asked
    _, use_case = np.unique(full.use_case, return_inverse=True)
    context = np.hstack([np.eye(use_case.max() + 1)[use_case], np.eye(10)[logs[0].tenth]])
    arrays = {"context": context, "quality": full.quality, "choice": choices(full, asked)}
    for number, log in enumerate(logs):
        propensity = log.class_propensity() if log.logged.propensity is None else log.logged.propensity
        rows = np.flatnonzero(log.scored & (propensity >= least))
        arrays |= {
            f"rows{number}": rows,
            f"action{number}": log.logged.model[rows],
            f"pscore{number}": propensity[rows],
        }
    replays, results = folder / "replays.npz", folder / "results.json"
    np.savez(replays, **arrays)
    subprocess.run([python, "-W", "ignore", WORKER, replays, results], check=True)
    found = json.loads(results.read_text(encoding="utf-8"))
    return {name: Answers(np.array(one["found"]), one["seconds"]) for name, one in found.items()}


def _compare_snips(python: Path, folder: Path, full: FullInformation, asked: list[Question], law: Behaviour) -> None:
    """Where every answer is scored the two are one; where only a part is, ours weighs use cases as in the traffic."""
    whole, part = show(full, asked, law, 0, scored=1.0), show(full, asked, law, 0)
    for log in (whole, part):
        mine = np.array([one.mean for one, _ in log.checks()])
        theirs = _ask_obp(python, folder, [log], LEAST_PROPENSITY)["SNIPS"].found[0, :, 0]
        apart = np.abs(mine - theirs).max()
        if log is whole:
            assert apart < 1e-9, apart
        print(f"SNIPS of sums per class and of rows, {log.scored.mean():.0%} scored: apart by {apart:.1e} at most")


def _array(found: list[list[Estimate]]) -> FloatArray:
    return np.array([[(one.mean, one.low, one.high) for one in row] for row in found], dtype=np.float64)


def _row(name: str, answers: Answers, truth: FloatArray) -> None:
    mean, low, high = np.moveaxis(answers.found, 2, 0)
    error, covered = 100 * (mean - truth), 100 * ((low <= truth) & (truth <= high)).mean(axis=0)
    print(
        f"  {name:30} {np.abs(np.nanmean(error, axis=0)).mean():9.2f} {np.sqrt(np.nanmean(error**2)):9.2f}"
        f" {covered.mean():7.1f}% ({covered.min():3.0f}%) {100 * np.nanmean(high - low):9.2f} {answers.seconds:9.3f}"
        + (f"   no estimate in {np.isnan(mean).mean():.0%}" if np.isnan(mean).any() else ""),
        flush=True,
    )
