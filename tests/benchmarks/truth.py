"""Are the intervals honest on real answers? Many replays of a full-information file, on seeds nobody developed with.

Logging is confounded as in life: P(strong model) rises with the use case's difficulty and the prompt's length. Printed for
every architecture: error, coverage of the 95% interval, and 95% bootstrap intervals of both over the replays.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from analytics.backtest import BEHAVIOURS, Behaviour, FullInformation
from analytics.backtest.logging import Logged, difficulty
from analytics.backtest.replay import Question, questions, replay
from analytics.outcomes.arrays import FloatArray, IntArray, logistic
from analytics.policies import Architecture, Cascade, Route, Split, Use, Verifier
from analytics.policies.predicate import parse_predicate
from analytics.simulation.results import Projection, Scenario
from analytics.simulation.simulate import project
from tests.benchmarks.material import outcomes_file, read_trusted

REPLAYS, SEED = 1000, 770_000
VERIFIERS = {"perfect verifier": Verifier(1.0, 0.0), "verifier (0.9, 0.3)": Verifier(0.9, 0.3)}


def main(folder: Path, file: Path | None = None, replays: int = REPLAYS) -> None:
    """Print the tables; `file` holds outcomes with prompts of two models or more."""
    source = file or outcomes_file()
    if source is None:
        print("truth: give a file of outcomes with prompts (python -m tests.benchmarks truth FILE)")
        return
    full = read_trusted(source)
    print(f"{len(full):,} prompts, {replays:,} replays each")
    for strength in (0.5, 1.5):
        for pairs in (1000, 300):
            title = f"soft rule of strength {strength}, {pairs} pairs"
            _table(title, full, _with_length(full), Behaviour(title, pairs, by_length(strength)), replays)
    asked = questions(full)
    _table("hard difficulty rule, no pairs", full, asked, BEHAVIOURS[3], replays)
    logged = BEHAVIOURS[3].log(full, np.random.default_rng(0)).model
    for one in asked:
        print(f"  {one.architecture.name:32} unsupported traffic {100 * _unsupported(full, one, logged):.2f}%")
    single = [one for one in asked if one.architecture.name in (f"all {full.models[full.weakest]}", "half and half")]
    single.append(_mostly_weak(full))
    _table("all logged on strong, 300 pairs", full, single, BEHAVIOURS[0], replays)
    chains = _cascades(full)
    _table("cascade, 1,000 pairs", full, chains, Behaviour("soft", 1000, by_length(0.5)), replays)
    _table("cascade, no pairs", full, chains, Behaviour("soft", 0, by_length(0.5)), replays)


def _lengths(full: FullInformation) -> FloatArray:
    return np.log(np.array([max(1, len(str(text))) for text in full.prompt], dtype=np.float64))


def _standard(values: FloatArray) -> FloatArray:
    return (values - values.mean()) / values.std()


def by_length(strength: float, recorded: bool = False, hidden: float = 0.0):  # type: ignore[no-untyped-def]
    """The strong model by difficulty and length; `recorded` says whether the log knows with which probability.

    `hidden` is the weight of a reason that no log shows: whether the weak model would fail.
    """

    def log(full: FullInformation, random: np.random.Generator) -> Logged:
        fails = _standard(1 - full.quality[:, full.weakest])
        hard = _standard(difficulty(full)) + _standard(_lengths(full)) + hidden * fails
        chance = logistic(strength * hard)
        strong = random.random(len(full)) < chance
        propensity = np.where(strong, chance, 1 - chance) if recorded else None
        return Logged(np.where(strong, full.strongest, full.weakest), propensity)

    return log


def _with_length(full: FullInformation) -> list[Question]:
    """The backtest's questions, the rule by complexity replaced by one by the prompt's length, which no class knows."""
    strong, weak = full.models[full.strongest], full.models[full.weakest]
    short = _lengths(full) < np.median(_lengths(full))
    rule = Route(parse_predicate("input_tokens < 100", "the rule"), Use(weak))
    truth = np.where(short, full.quality[:, full.weakest], full.quality[:, full.strongest]).mean()
    by_length = Question(
        Architecture("rule by length", Use(strong), routes=(rule,)), np.where(short, 0, 1), float(truth)
    )
    return [by_length if one.architecture.name == "rule by complexity" else one for one in questions(full)]


def _mostly_weak(full: FullInformation) -> Question:
    """The strong model for the 40% of prompts whose use cases gain most from it."""
    weak, strong = full.quality[:, full.weakest], full.quality[:, full.strongest]
    names, group = np.unique(full.use_case, return_inverse=True)
    gain = np.bincount(group, strong - weak) / np.bincount(group)
    order = np.argsort(-gain)
    taken = order[np.cumsum(np.bincount(group)[order]) <= 0.4 * len(full)]
    listed = ", ".join(f"'{names[one]}'" for one in taken)
    rule = Route(parse_predicate(f"use_case in ({listed})", "the rule"), Use(full.models[full.strongest]))
    to_strong = np.isin(group, taken)
    architecture = Architecture("strong for 40%", Use(full.models[full.weakest]), routes=(rule,))
    return Question(architecture, np.where(to_strong, 0, 1), float(np.where(to_strong, strong, weak).mean()))


def _cascades(full: FullInformation) -> list[Question]:
    weak, strong = full.quality[:, full.weakest], full.quality[:, full.strongest]
    found = []
    for name, verifier in VERIFIERS.items():
        kept = np.where(weak >= 0.999, verifier.true_accept, verifier.false_accept)
        chain = Cascade((full.models[full.weakest], full.models[full.strongest]), None, verifier)
        truth = float((kept * weak + (1 - kept) * strong).mean())
        found.append(Question(Architecture(name, chain), np.zeros(len(full), dtype=np.int64), truth))
    return found


def _unsupported(full: FullInformation, asked: Question, logged: IntArray) -> float:
    """Share of prompts sent to a model that answered nothing of their use case."""
    served = np.zeros((len(full), len(full.models)))
    _, group = np.unique(full.use_case, return_inverse=True)
    for model in range(len(full.models)):
        served[:, model] = (np.bincount(group, logged == model) > 0)[group]
    lacking = 0.0
    for number, plan in enumerate(asked.architecture.plans):
        weights = plan.weights if isinstance(plan, Split) else ((plan.model, 1.0),) if isinstance(plan, Use) else ()
        for model, weight in weights:
            lacking += weight * ((asked.route == number) & (served[:, full.models.index(model)] == 0)).mean()
    return float(lacking)


def _replays(
    full: FullInformation, asked: list[Question], behaviour: Behaviour, replays: int
) -> Iterator[tuple[Projection, ...]]:
    for number in range(replays):
        random = np.random.default_rng([SEED, number])
        inputs, _, _ = replay(full, asked, behaviour, behaviour.pairs, random)
        pairs = replace(inputs.pairs, prompt_id=np.char.add("p", inputs.pairs.prompt_id))
        inputs = replace(inputs, pairs=pairs)
        seed = int(random.integers(2**31))
        yield project(inputs, [one.architecture for one in asked], Scenario(), seed).projections[1:]


def _table(title: str, full: FullInformation, asked: list[Question], behaviour: Behaviour, replays: int) -> None:
    rows = list(_replays(full, asked, behaviour, replays))
    print(f"\n{title}")
    print(f"  {'':32} truth grade   bias  RMSE [95%]           coverage [95%]         width (max)   outside by")
    for place, question in enumerate(asked):
        found = [row[place] for row in rows]
        low, high = (np.array([getattr(one.quality, end) for one in found]) for end in ("low", "high"))
        means = [one.quality.mean for one in found if one.quality.mean is not None]
        truth, grades = question.truth, "".join(sorted({one.grade for one in found}))
        covered = ((low <= truth) & (truth <= high)).astype(float)
        error = np.array(means) - truth
        text = f"{'-':>6} {'no point estimate':20}"
        if len(means) == len(found):
            text = f"{100 * error.mean():+6.2f} {_interval(error, lambda e: 100 * np.sqrt((e**2).mean()))}"
        missed = float(np.maximum(np.maximum(low - truth, truth - high), 0).max())
        print(
            f"  {question.architecture.name:32} {truth:.3f} {grades:>3} {text}  {_interval(covered, lambda c: 100 * c.mean())}"
            f"  {100 * (high - low).mean():6.2f} ({100 * (high - low).max():.2f})  {100 * missed:.2f}",
            flush=True,
        )


def _interval(values: FloatArray, of) -> str:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(1)
    drawn = [of(values[random.integers(0, len(values), len(values))]) for _ in range(500)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{of(values):6.2f} [{low:.2f}, {high:.2f}]"
