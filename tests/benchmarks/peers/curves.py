"""The curve of all thresholds of a router, against RouteLLM's evaluation at quantiles of its score.

RouteLLM (Ong et al. 2024, section 3.3, and its evaluation of MMLU): thresholds are ten quantiles of the strong win rate; at
each, requests at or above it go to the strong model; APGR and CPT are read off these eleven points. Written here from that
description, vectorised. With a threshold at every score it must say what our curve says.
"""

from pathlib import Path

import numpy as np

from analytics.backtest import FullInformation
from analytics.learning import fit_router
from analytics.learning.curves import Curve, apgr, cpt, threshold_curve
from analytics.outcomes.arrays import FloatArray
from tests.benchmarks.material import line, median_seconds, outcomes_file, read_trusted
from tests.benchmarks.router import asked_of, by_use_case, folds

SWEEPS = 100
RECOVERED = (0.2, 0.5, 0.8)
Metrics = tuple[float, ...]


def main(folder: Path) -> None:
    """Print the metrics of both for a learned router and a rule by use case, and the times."""
    file = outcomes_file()
    if file is None:
        print("curves: give a file of outcomes with prompts (python -m tests.benchmarks peers FILE)")
        return
    full = read_trusted(file)
    scores, weak, strong = _scores(full)
    print(f"{len(weak):,} prompts that no router saw; share of strong calls in percent")
    for name, score in scores.items():
        exact = ours(score, weak, strong)
        print(f"  {name} ({len(np.unique(score)):,} different scores)     APGR   CPT 20%   50%   80%")
        _row("every threshold", exact, exact)
        for bins in (10, 100):
            _row(f"RouteLLM's method, {bins} quantiles", quantiles(score, weak, strong, bins), exact)
        every = _routellm_metrics(sweep(score, weak, strong, np.unique(score)), weak, strong)
        assert abs(every[0] - exact[0]) < 1e-9
        _row("RouteLLM's method, every score", every, exact)
    score = scores["learned router"]
    mine = median_seconds(lambda: [ours(score, weak, strong) for _ in range(SWEEPS)])
    ten = median_seconds(lambda: [quantiles(score, weak, strong, 10) for _ in range(SWEEPS)])
    all_of_them = median_seconds(lambda: sweep(score, weak, strong, np.unique(score)), 3)
    line(f"{SWEEPS} exact curves with APGR and CPT", mine, f"{SWEEPS} times RouteLLM, 10 quantiles", ten, 2.0)
    line("the same, per curve", mine / SWEEPS, "RouteLLM's method, every threshold", all_of_them, 0.1)


def ours(score: FloatArray, weak: FloatArray, strong: FloatArray) -> Metrics:
    """APGR and CPT of the exact curve."""
    curve = threshold_curve(score, weak, strong)
    return apgr(curve) or 0.5, *(cpt(curve, share) or 0.0 for share in RECOVERED)


def quantiles(score: FloatArray, weak: FloatArray, strong: FloatArray, bins: int) -> Metrics:
    """APGR and CPT from thresholds at quantiles; where two are equal, one is left out."""
    thresholds = np.unique(np.quantile(score, np.linspace(0, 1, bins + 1)))
    return _routellm_metrics(sweep(score, weak, strong, thresholds), weak, strong)


def sweep(score: FloatArray, weak: FloatArray, strong: FloatArray, thresholds: FloatArray) -> Curve:
    """Share of strong calls and accuracy at each threshold; beyond the last nothing is strong."""
    points = []
    for threshold in (*thresholds, np.inf):
        chosen = score >= threshold
        points.append((chosen.mean(), np.where(chosen, strong, weak).mean()))
    share, quality = np.array(points[::-1]).T
    return Curve(share, quality)


def _routellm_metrics(points: Curve, weak: FloatArray, strong: FloatArray) -> Metrics:
    """APGR by areas; CPT by interpolating the share over the accuracy, as if it only rose."""
    low, high = weak.mean(), strong.mean()
    width = points.share[-1] - points.share[0]
    area = np.trapezoid(points.quality, points.share)
    wanted = [low + share * (high - low) for share in RECOVERED]
    return float((area - low * width) / ((high - low) * width)), *np.interp(wanted, points.quality, points.share)


def _scores(full: FullInformation) -> tuple[dict[str, FloatArray], FloatArray, FloatArray]:
    """Scores of the prompts that were held out, and what both models made of them."""
    number = folds(full, 100)
    train, test = np.flatnonzero(number < 2), np.flatnonzero(number >= 2)
    answers = full.quality[:, [full.strongest, full.weakest]]
    asked = asked_of(full)
    predicted = fit_router(("strong", "weak"), asked.only(train), answers[train], np.ones(len(train))).predict(
        asked.only(test)
    )
    gain = answers[:, 0] - answers[:, 1]
    scores = {
        "learned router": predicted[:, 0] - predicted[:, 1],
        "rule by use case": by_use_case(full, gain, train, test),
    }
    return scores, answers[test, 1], answers[test, 0]


def _row(name: str, found: Metrics, exact: Metrics) -> None:
    shares = " ".join(f"{100 * one:5.2f}" for one in found[1:])
    off = ", ".join(f"{100 * (one - right):+.2f}" for one, right in zip(found[1:], exact[1:], strict=True))
    print(
        f"    {name:36} {found[0]:.4f}   {shares}"
        + ("" if found is exact else f"   off by {found[0] - exact[0]:+.4f}; {off}")
    )
