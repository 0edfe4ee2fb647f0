"""RouterBench's non-decreasing convex hull and AIQ, against the same from its definition by other means.

Hu et al. 2024, section 4.2: routers are points of cost and quality; any two can be mixed by a coin; AIQ is the mean height of
the non-decreasing hull over the range of costs (their code divides by the highest cost instead). The other means: Qhull on the points and their flat continuation, the
envelope as the least of its upper facets, and the trapezoid on a grid that has the corners.
"""

from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

from analytics.learning.curves import aiq
from analytics.outcomes.arrays import FloatArray
from tests.benchmarks.material import line, median_seconds

CLOUDS, SIZES, GRID = 100, (50, 5000), 1001


def main(folder: Path) -> None:
    """Print the largest difference of AIQ over many clouds of points, and the times."""
    random = np.random.default_rng(0)
    for size in SIZES:
        clouds = [_cloud(random, size) for _ in range(CLOUDS)]
        mine = [aiq(cost, quality, cost.min(), cost.max()) for cost, quality in clouds]
        other = [by_facets(cost, quality) for cost, quality in clouds]
        apart = max(abs((one or 0.0) - two) for one, two in zip(mine, other, strict=True))
        assert apart < 1e-6, apart
        print(
            f"{CLOUDS} clouds of {size:,} routers: AIQ {min(other):.3f} to {max(other):.3f}, apart by {apart:.1e} at most"
        )
        line(
            f"hull and AIQ, {CLOUDS} clouds of {size:,}",
            median_seconds(lambda: [aiq(cost, quality, cost.min(), cost.max()) for cost, quality in clouds], 3),  # noqa: B023
            "Qhull and a grid",
            median_seconds(lambda: [by_facets(cost, quality) for cost, quality in clouds], 3),  # noqa: B023
            10.0,
        )


def by_facets(cost: FloatArray, quality: FloatArray) -> float:
    """AIQ between the cheapest and the dearest point."""
    continued = np.append(np.stack([cost, quality], axis=1), [[cost.max(), quality.max()]], axis=0)
    whole = ConvexHull(continued)
    across, up, offset = whole.equations.T
    upper = up > 1e-9
    grid = np.sort(np.append(np.linspace(cost.min(), cost.max(), GRID), continued[whole.vertices, 0]))
    heights = -(across[upper, None] * grid + offset[upper, None]) / up[upper, None]
    return float(np.trapezoid(heights.min(axis=0), grid) / (grid[-1] - grid[0]))


def _cloud(random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
    """Routers whose quality rises with cost, and many that are worse than they cost."""
    cost = random.random(size)
    return cost, 0.5 + 0.4 * np.sqrt(cost) - 0.3 * random.random(size) ** 2
