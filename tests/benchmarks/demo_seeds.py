"""Does the projection find the demo's ground truth? Twenty generator seeds, none picked.

For each seed: build the whole demo, project the three architectures from log and evidence alone, and compare with
what data/demo.toml says they really do. Prints the worst errors and how often each 95% interval covers the truth.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from analytics import settings
from analytics.logs.demo import build_demo
from analytics.logs.demo_truth import Truth, ground_truth, read_truth
from analytics.policies import Architecture, Use, load_architecture, route_sql
from analytics.prices import resolve_prices
from analytics.simulation import Scenario, simulate
from analytics.store import open_store

FILES = ("single-opus", "single-sonnet", "multi-model")
# The table of the demo: monthly cost in USD, mean latency in s, quality.
TABLE = {"Single Opus": (45_000, 2.1, 0.94), "Single Sonnet": (9_000, 0.9, 0.87), "Multi-model": (6_200, 0.6, 0.92)}


@dataclass(frozen=True)
class Miss:
    """Errors of one projection and whether its intervals cover the truth."""

    cost_share: float
    latency_s: float
    quality: float
    cost_covered: bool
    latency_covered: bool
    quality_covered: bool


def truth_of(architecture: Architecture) -> Truth:
    """The ground truth of a first-match architecture of single models, from the table alone."""
    truth = read_truth()
    prices = {}
    for one in resolve_prices([(model, None) for model in truth.models]):
        prices[one.model] = (one.rows[0].input_usd_per_mtok, one.rows[0].output_usd_per_mtok)
    models = [plan.model for plan in architecture.plans if isinstance(plan, Use)]

    def route(use_case: str, complexity: np.ndarray) -> np.ndarray:
        query = (
            f"SELECT {route_sql(architecture)} FROM (SELECT $case AS use_case, unnest($values::DOUBLE[]) AS complexity)"
        )
        with duckdb.connect() as connection:
            rows = connection.execute(query, {"case": use_case, "values": complexity.tolist()}).fetchall()
        return np.array([models[row[0]] for row in rows], dtype=object)

    return ground_truth(truth, route, prices, architecture.overhead.latency_ms / 1000)


def run(seeds: range) -> dict[str, list[Miss]]:
    """Build, project and compare for every seed."""
    architectures = [load_architecture(settings.architectures_dir / f"{name}.toml") for name in FILES]
    truths = [truth_of(architecture) for architecture in architectures]
    for architecture, truth in zip(architectures, truths, strict=True):
        cost, latency, quality = TABLE[architecture.name]
        print(
            f"truth  {architecture.name:14} ${truth.monthly_cost_usd:>9,.0f} ({truth.monthly_cost_usd / cost - 1:+.2%})  "
            f"{truth.latency_s:.3f} s ({truth.latency_s - latency:+.3f})  {truth.quality:.2%} ({(truth.quality - quality) * 100:+.2f})"
        )
    misses: dict[str, list[Miss]] = {architecture.name: [] for architecture in architectures}
    folder = Path(tempfile.mkdtemp())
    for seed in seeds:
        path = folder / f"{seed}" / "demo.duckdb"
        build_demo(path, seed=seed)
        found = simulate(open_store(path), architectures, Scenario(requests_per_month=1_000_000)).projections[1:]
        for truth, projection in zip(truths, found, strict=True):
            cost, latency, quality = projection.monthly_cost_usd, projection.latency_s, projection.quality
            misses[projection.name].append(
                Miss(
                    cost.mean / truth.monthly_cost_usd - 1,
                    latency.mean - truth.latency_s,
                    quality.mean - truth.quality,
                    cost.low <= truth.monthly_cost_usd <= cost.high,
                    latency.low <= truth.latency_s <= latency.high,
                    quality.low <= truth.quality <= quality.high,
                )
            )
        shutil.rmtree(path.parent)
    shutil.rmtree(folder)
    return misses


def main(seeds: int = 20) -> None:
    """Print the table."""
    for name, rows in run(range(1, seeds + 1)).items():
        errors = [max(abs(getattr(row, field)) for row in rows) for field in ("cost_share", "latency_s", "quality")]
        covered = [sum(getattr(row, f"{field}_covered") for row in rows) for field in ("cost", "latency", "quality")]
        print(
            f"found  {name:14} worst errors: cost {errors[0]:.2%}, latency {errors[1]:.3f} s, quality {errors[2] * 100:.2f} points; "
            f"covered of {len(rows)}: cost {covered[0]}, latency {covered[1]}, quality {covered[2]}"
        )


if __name__ == "__main__":
    main()
