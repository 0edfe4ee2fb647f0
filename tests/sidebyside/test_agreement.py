"""Judge and people: kappa against a published example, correction against a simulated truth."""

import numpy as np
import pytest

from analytics.sidebyside.agreement import cohen_kappa, corrected_mean


def test_kappa_of_a_known_table() -> None:
    """20 + 15 of 50 agree: observed 0.7, chance 0.5, kappa 0.4."""
    kappa = cohen_kappa([[20, 5], [10, 15]])
    assert kappa.mean == pytest.approx(0.4)
    # A bootstrap of the four counts is the second opinion on its error.
    assert kappa.high - kappa.mean == pytest.approx(1.96 * _error_by_bootstrap(np.array([[20, 5], [10, 15]])), rel=0.06)
    assert cohen_kappa([[5, 0], [0, 0]]).mean is None
    assert cohen_kappa([[5, 0], [0, 5]]).mean == 1.0


def _error_by_bootstrap(table: np.ndarray) -> float:
    random, total = np.random.default_rng(5), table.sum()
    drawn = random.multinomial(total, table.ravel() / total, 20_000).reshape(-1, 2, 2) / total
    observed = drawn[:, 0, 0] + drawn[:, 1, 1]
    chance = (drawn.sum(axis=2) * drawn.sum(axis=1)).sum(axis=1)
    return float(np.std((observed - chance) / (1 - chance)))


@pytest.mark.parametrize("labelled", [30, 100, 300])
@pytest.mark.parametrize("noise", [0.1, 0.45])
def test_correction_covers_the_truth_and_narrows(labelled: int, noise: float) -> None:
    """A judge that flips verdicts and favours the first model: biased by itself, the corrected interval holds 95%."""
    random, size, truth = np.random.default_rng(labelled), 300, 0.6
    held, widths, alone = 0, [], 0
    for _ in range(600):
        human = (random.random(size) < truth).astype(float)
        judge = np.where(random.random(size) < noise, 1.0, human)  # errs to one side only
        chosen = random.choice(size, labelled, replace=False)
        found = corrected_mean(judge, judge[chosen], human[chosen])
        held += found.low <= truth <= found.high
        widths.append(found.high - found.low)
        alone += abs(judge.mean() - truth) < 1.96 * judge.std() / np.sqrt(size)
    assert 0.93 <= held / 600 <= 0.975
    plain = 2 * 1.96 * np.sqrt(truth * (1 - truth) / labelled)
    if labelled < size and noise == 0.1:
        assert np.mean(widths) < 0.85 * plain  # worth more than the labels alone
    if noise == 0.45:
        assert alone / 600 < 0.1  # the judge alone is wrong


def test_too_few_labels_say_nothing() -> None:
    assert corrected_mean([0.5] * 100, [0.5] * 4, [1.0] * 4).mean is None
