"""Do side-by-side answers narrow a projection as the sampling plan said?

For each architecture and size of plan: what the plan predicts, and the half width that is projected once its prompts have been
drawn, answered by the demo's ground truth, written to a file and loaded, for several seeds. Once with the demo's own
side-by-side answers and once with a tenth of them, where new ones count for more.
"""

import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from analytics import settings
from analytics.logs.demo import METRIC, build_demo, right_probability
from analytics.logs.demo_truth import DemoTruth, read_truth
from analytics.logs.outcomes import load_outcomes
from analytics.policies import Architecture, load_architecture
from analytics.scope import Scope
from analytics.simulation import Scenario, simulate
from analytics.simulation.assess import open_case, plan_side_by_side
from analytics.simulation.results import Estimate
from analytics.simulation.sampling_plan import SamplingPlan, draw_prompts
from analytics.store import open_store, segments_folder, write_transaction

FILES = ("single-sonnet", "multi-model", "cascade")
SIZES, SEEDS = (300, 1000), 10
SCENARIO = Scenario(requests_per_month=1_000_000)


@dataclass(frozen=True)
class Compared:
    """Half widths of quality and of its change: now, as predicted for a plan, and as achieved, one per seed."""

    plan: SamplingPlan
    quality: tuple[float, ...]
    change: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, float]:
        """Predicted by mean achieved half width: of quality, of its change."""
        then = self.plan.then
        return then.half_width / float(np.mean(self.quality)), then.change_half_width / float(np.mean(self.change))


def compare(demo: Path, place: Path, architecture: Architecture, prompts: int, seeds: int) -> Compared:
    """Predict, answer, load and project again, in copies of a demo database."""
    plan = plan_side_by_side(open_case(open_store(demo), architecture, SCENARIO), prompts)
    truth, quality, change = read_truth(), list[float](), list[float]()
    for seed in range(seeds):
        with_answers = copy_of(demo, place / f"{seed}")
        answers = answered(truth, draw_prompts(open_store(demo), plan, Scope(), seed), seed)
        answers.write_parquet(file := with_answers.with_name("answers.parquet"))
        loaded = load_outcomes(with_answers, file, kind="demo")
        assert loaded.loaded == answers.height, loaded
        found = simulate(open_store(with_answers), [architecture], SCENARIO).projections[1]
        quality.append(_half(found.quality))
        change.append(_half(found.vs_current.quality))
        shutil.rmtree(with_answers.parent)
    return Compared(plan, tuple(quality), tuple(change))


def copy_of(demo: Path, folder: Path) -> Path:
    """The same database under another path, its log not copied."""
    folder.mkdir(parents=True)
    copy = folder / demo.name
    shutil.copy(demo, copy)
    os.symlink(segments_folder(demo), segments_folder(copy))
    return copy


def answered(truth: DemoTruth, prompts: pl.DataFrame, seed: int) -> pl.DataFrame:
    """What the plan's models answer to fresh prompts: right or wrong as the demo's table has it, with its correlation."""
    random = np.random.default_rng([seed, 17])
    names, n = [one.name for one in truth.use_cases], prompts.height
    case = prompts["use_case"].replace_strict(names, list(range(len(names)))).to_numpy()
    shared, correlation = random.standard_normal(n), float(truth.entries["same_prompt_correlation"])
    frames = []
    for number, model in enumerate(truth.models):
        difficulty = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * random.standard_normal(n)
        uniform = 0.5 * (1.0 + np.vectorize(math.erf)(difficulty / math.sqrt(2.0)))
        right = uniform < right_probability(truth, case, prompts["complexity"].to_numpy(), np.full(n, number))
        judge = truth.entries["judge"]
        score = np.where(right, *(random.beta(a, b, n) for a, b in (judge["right"], judge["wrong"])))
        frames.append(
            prompts.with_columns(
                model=pl.lit(model), quality=right.astype(float), quality_metric=pl.lit(METRIC), judge_score=score
            )
        )
    asked = pl.concat(frames).filter(pl.col("models").str.split(";").list.contains(pl.col("model")))
    return asked.drop("models")


def keep_tenth(demo: Path) -> None:
    """Leave every tenth prompt's side-by-side answers in a demo."""
    with write_transaction(demo, "demo", "keep a tenth of the pairs") as transaction:
        transaction.catalogue.execute(
            "DELETE FROM outcomes WHERE prompt_id NOT IN (SELECT prompt_id FROM (SELECT DISTINCT prompt_id FROM outcomes) "
            "QUALIFY row_number() OVER (ORDER BY hash(prompt_id)) % 10 = 0)"
        )


def _half(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return (estimate.high - estimate.low) / 2


def main(folder: Path) -> None:
    """Print a line per architecture, size and amount of evidence, and the mean error."""
    demo = folder / "demo.duckdb"
    build_demo(demo)
    errors = [*_table(demo, folder, "3,000 prompts known")]
    keep_tenth(demo)
    errors += _table(demo, folder, "300 prompts known")
    print(
        f"predicted and achieved half widths differ by {np.mean(errors):.1%} on average, {np.max(errors):.1%} at most"
    )


def _table(demo: Path, folder: Path, known: str) -> Iterator[float]:
    for name in FILES:
        architecture = load_architecture(settings.architectures_dir / f"{name}.toml")
        for prompts in SIZES:
            found = compare(demo, folder / f"{known} {name} {prompts}", architecture, prompts, SEEDS)
            plan, ratios = found.plan, found.ratios
            print(
                f"{known:20} {architecture.name:14} {plan.prompts:>5,} prompts: quality ±{100 * plan.now.half_width:.2f} points now, "
                f"predicted ±{100 * plan.then.half_width:.2f}, achieved ±{100 * np.mean(found.quality):.2f} "
                f"({100 * min(found.quality):.2f} to {100 * max(found.quality):.2f}), {ratios[0] - 1:+.0%}; change ±{100 * plan.now.change_half_width:.2f} now, "
                f"predicted ±{100 * plan.then.change_half_width:.2f}, achieved ±{100 * np.mean(found.change):.2f}, {ratios[1] - 1:+.0%}",
                flush=True,
            )
            yield from (abs(ratio - 1) for ratio in ratios)
