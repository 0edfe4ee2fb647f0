"""95% intervals of mean scores from sums: n, Σq, Σq²."""

import math

Z = 1.959963984540054


def mean_interval(n: float, total: float, squares: float) -> tuple[float, float]:
    """The interval of a mean of scores in [0, 1].

    Right-or-wrong scores (Σq² = Σq): Wilson's interval (1927), which holds for few scores and near 0 and 1. Others: the
    normal interval with the sample's standard deviation, and 0 to 1 where it cannot be told from one score. `n` must be
    positive.
    """
    mean = total / n
    if abs(squares - total) <= 1e-9 * max(1.0, n):
        centre, spread = mean + Z * Z / (2 * n), Z * math.sqrt(mean * (1 - mean) / n + Z * Z / (4 * n * n))
        return max(0.0, (centre - spread) / (1 + Z * Z / n)), min(1.0, (centre + spread) / (1 + Z * Z / n))
    if n < 2:
        return 0.0, 1.0
    spread = Z * math.sqrt(variance(n, total, squares) / n)
    return max(0.0, mean - spread), min(1.0, mean + spread)


def variance(n: float, total: float, squares: float) -> float:
    """The sample variance (n - 1 in the denominator)."""
    return max(0.0, squares - total * total / n) / (n - 1) if n > 1 else 0.0
