"""Token ratios and latency lines recover what made the data."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.outcomes import (
    Evidence,
    LoggedTokens,
    TimedAnswers,
    build_classes,
    catalogue_latency,
    fit_latency,
    fit_ratios,
)
from analytics.outcomes.evidence import Prompts
from analytics.outcomes.latency import DEFAULT_LOG_SPREAD, _log_spread, _offsets, _regression
from analytics.outcomes.observations import Scores

MODELS = ("claude-opus-4-1", "claude-haiku-4-5")


def no_prompts(models: int = 2) -> Prompts:
    none, whole, table = np.empty(0), np.empty(0, dtype=np.int64), np.empty((0, models))
    return Prompts(whole.astype(str), whole, none, table, table, table, table, table)


def evidence(prompts: Prompts | None = None) -> Evidence:
    """Two use cases; all of the log's 2,000 requests on the first model."""
    classes = build_classes([(np.array(["chat", "code"]), np.array([3, 3]))])
    requests = np.array([[1000.0, 0.0], [1000.0, 0.0]])
    return Evidence(classes, MODELS, "quality", requests, Scores.none(2, 2), Scores.none(2, 2), prompts or no_prompts())


def logged_tokens() -> LoggedTokens:
    attempts = np.array([[1000.0, 0.0], [1000.0, 0.0]])
    return LoggedTokens(attempts, attempts * 500, attempts * 100, attempts * 500.0**2 * 1.5, attempts * 100.0**2 * 2)


def paired(ratio_by_class: tuple[float, float], n: int = 400) -> Prompts:
    random = np.random.default_rng(2)
    group = np.repeat([0, 1], n // 2)
    length = random.lognormal(4.5, 0.6, n)
    other = length * np.array(ratio_by_class)[group] * random.lognormal(-0.045, 0.3, n)
    table = np.full((n, 2), np.nan)
    tokens = np.stack([length, other], axis=1)
    inputs = np.stack([np.full(n, 500.0), np.full(n, 565.0)], axis=1)
    latency = np.stack([800 + 20 * length, 300 + 8 * other], axis=1)
    return Prompts(group.astype(str), group, np.ones(n), table, table, inputs, tokens, latency)


def test_ratios_come_from_pairs_by_use_case() -> None:
    inputs, outputs = fit_ratios(evidence(paired((0.8, 1.3))), logged_tokens(), 1000, 0)
    assert outputs.ratio(np.array([0, 0]), 1, np.array([0, 1])) == pytest.approx([0.8, 1.3], rel=0.06)
    assert inputs.ratio(np.array([0, 0]), 1, np.array([0, 1])) == pytest.approx(1.13, rel=0.01)
    drawn = outputs.ratio_draws(0, 1)
    assert drawn.mean(axis=0) == pytest.approx([0.8, 1.3], rel=0.06)
    assert 0.01 < drawn.std(axis=0)[0] < 0.06


def test_the_logged_model_has_ratio_one_exactly() -> None:
    for ratios in fit_ratios(evidence(paired((0.8, 1.3))), logged_tokens(), 100, 0):
        assert (ratios.ratio_draws(0, 0) == 1.0).all()
        assert (ratios.ratio_draws(1, 1) == 1.0).all()


def test_without_evidence_the_ratio_is_one_and_wide() -> None:
    _, outputs = fit_ratios(evidence(), logged_tokens(), 1000, 0)
    drawn = outputs.ratio_draws(0, 1)
    assert drawn.mean() == pytest.approx(1.0, abs=0.05)
    assert drawn.std() > 0.2


def test_without_answers_a_tokenizer_that_takes_more_in_takes_more_out() -> None:
    pairs = paired((1.0, 1.0))
    known = replace(pairs, output_tokens=np.full_like(pairs.output_tokens, np.nan))
    inputs, outputs = fit_ratios(evidence(known), logged_tokens(), 1000, 0)
    assert inputs.ratio(np.array([0]), 1, np.array([0])) == pytest.approx(1.13, rel=0.01)
    assert outputs.ratio(np.array([0]), 1, np.array([0])) == pytest.approx(1.13, rel=0.01)


def test_a_few_long_prompts_say_little_of_a_tokenizer() -> None:
    """Three prompts four times as long as the log's: on the same prompts the ratio is seen, against others it is not."""
    few = paired((1.0, 1.0), n=6).only(np.array([True, False, True, False, True, False]))
    long = np.array([[2000.0, 2200.0]] * 3)
    both, alone = replace(few, input_tokens=long), replace(few, input_tokens=long * [[np.nan, 1.0]])
    found = [
        fit_ratios(evidence(prompts), logged_tokens(), 1000, 0)[0].ratio(np.array([0]), 1, np.array([0]))[0]
        for prompts in (both, alone)
    ]
    assert found[0] == pytest.approx(1.1, abs=0.03)
    assert 1.0 < found[1] < 1.15


def test_a_randomised_slice_of_the_log_gives_the_ratio() -> None:
    base = evidence()
    n = np.array([[1000.0, 500.0], [1000.0, 500.0]])
    explored = Scores(n * 0.2, n * 0.1, n * 0.1)
    sizes = np.array([[100.0, 120.0], [200.0, 240.0]])
    tokens = LoggedTokens(n, n * 500, n * sizes, n * 500.0**2 * 1.2, n * sizes**2 * 1.5)
    _, outputs = fit_ratios(replace(base, explored=explored, requests=n), tokens, 1000, 0)
    assert outputs.ratio(np.array([0, 0]), 1, np.array([0, 1])) == pytest.approx(1.2, rel=0.02)


def timed(n: float, first: float, each: float, random: np.random.Generator) -> TimedAnswers:
    output = random.lognormal(4.5, 0.6, (2, int(n)))
    ms = first + each * output
    parts = (np.full(2, n), ms.sum(1), (ms**2).sum(1), (ms * output).sum(1), output.sum(1), (output**2).sum(1))
    return TimedAnswers(*(np.stack([part, np.zeros(2)], axis=1) for part in parts))


def test_latency_line_is_recovered_from_sums_and_pairs() -> None:
    log = timed(500, 1500.0, 20.0, np.random.default_rng(3))
    found = fit_latency(evidence(paired((1.0, 1.0))), log, 1000, 0)
    assert found.first_ms.mean(axis=0)[1] == pytest.approx(300, rel=0.02)
    assert found.each_ms.mean(axis=0)[1] == pytest.approx(8, rel=0.02)
    assert not found.assumed.any()
    assert found.residual_ms[1] == pytest.approx(
        0.01 * paired((1.0, 1.0)).latency_ms[:, 1].mean(), rel=0.01
    )  # no noise


def test_an_untimed_model_has_the_catalogues_speed_and_says_so() -> None:
    found = fit_latency(evidence(), timed(500, 1500.0, 20.0, np.random.default_rng(3)), 2000, 0)
    first, each = catalogue_latency("claude-haiku-4-5")
    assert found.assumed.tolist() == [False, True]
    assert found.first_ms[:, 1].mean() == pytest.approx(first, rel=0.03)
    assert found.each_ms[:, 1].mean() == pytest.approx(each, rel=0.03)
    assert found.first_ms[:, 1].std() == pytest.approx(0.3 * first, rel=0.2)


def test_the_longest_family_name_wins() -> None:
    assert catalogue_latency("gpt-4o-mini") == (250.0, 1000 / 120)
    assert catalogue_latency("gpt-4o") == (450.0, 1000 / 90)
    assert catalogue_latency("a-model-nobody-knows") == (800.0, 1000 / 80)


def test_halves_share_no_score() -> None:
    n = np.array([[40.0, 7.0], [0.0, 1000.0]])
    whole = replace(
        evidence(paired((1.0, 1.0))), logged=Scores(n, n * 0.7, n * 0.7), explored=Scores(n, n * 0.5, n * 0.3)
    )
    first, second = whole.halves(np.random.default_rng(4))
    assert len(first.prompts) + len(second.prompts) == len(whole.prompts)
    for name in ("logged", "explored"):
        for part in ("n", "total", "squares"):
            halves = [getattr(getattr(half, name), part) for half in (first, second)]
            assert sum(halves) == pytest.approx(getattr(getattr(whole, name), part))
            assert (halves[0] >= -1e-12).all()
    assert 400 < first.logged.n[1, 1] < 600


def test_the_mean_of_ratio_draws_is_the_stated_ratio() -> None:
    """Few pairs: the uncertainty of the use case and of the model both widen the draws, and neither moves their mean."""
    inputs, outputs = fit_ratios(evidence(paired((0.5, 2.0), n=24)), logged_tokens(), 100_000, 0)
    for ratios in (inputs, outputs):
        drawn = ratios.ratio_draws(0, 1)
        assert drawn.mean(axis=0) == pytest.approx(ratios.ratio(np.array([0, 0]), 1, np.array([0, 1])), rel=0.003)
    assert np.corrcoef(inputs.draws[:, 0, 1], outputs.draws[:, 0, 1])[0, 1] == pytest.approx(0.0, abs=0.02)


def test_a_line_through_sums_by_hand() -> None:
    """100 answers of 100 tokens in 2 s and 100 of 200 in 3 s: 1 s and 10 ms a token, against a prior that weighs nothing."""
    total = {
        "n": 200.0, "ms": 500_000.0, "ms_squares": 100 * 2000.0**2 + 100 * 3000.0**2, "ms_output": 100 * 2000.0 * 100 + 100 * 3000.0 * 200,
        "output": 30_000.0, "output_squares": 100 * 100.0**2 + 100 * 200.0**2,
    }  # fmt: skip
    mean, covariance, variance = _regression(total, np.array([1000.0, 10.0]))
    assert mean == pytest.approx([1000.0, 10.0], rel=1e-6)
    assert variance == pytest.approx(1e-4 * 2500.0**2)  # no less than a hundredth of the mean, squared
    gram = np.array([[200.0, 30_000.0], [30_000.0, total["output_squares"]]])
    assert covariance == pytest.approx(np.linalg.inv(gram / variance), rel=0.02)


def test_offsets_of_use_cases_are_shrunk_by_hand() -> None:
    # Gaps of +-10 ms over 50 answers each, with a variance of 1,000 of single ones: between them (100 x 100 - 2 x 1,000) / 100
    # = 80, so that 50 x 80 / (50 x 80 + 1,000) = 0.8 of the gap is believed, with a variance of 0.2 x 80.
    column = {"n": np.array([50.0, 50.0, 0.0]), "ms": np.array([50 * 310.0, 50 * 290.0, 0.0]), "output": np.array([5000.0, 5000.0, 0.0])}  # fmt: skip
    noise = np.array([[0.0, 0.0, 0.0], [1.0, -1.0, 1.0]])
    found = _offsets(column, np.array([100.0, 2.0]), 1000.0, noise)
    assert found[0] == pytest.approx([8.0, -8.0, 0.0])
    assert found[1] - found[0] == pytest.approx([4.0, -4.0, 80**0.5])


def test_the_spread_of_single_latencies_is_that_of_a_lognormal() -> None:
    n, mean = np.array([100.0, 300.0, 0.0]), np.array([500.0, 2000.0, 0.0])
    column = {"n": n, "ms": n * mean, "ms_squares": n * mean**2 * np.exp(0.4**2)}
    assert _log_spread(column) == pytest.approx(0.4)
    assert _log_spread({name: 0.0 * part for name, part in column.items()}) == DEFAULT_LOG_SPREAD
