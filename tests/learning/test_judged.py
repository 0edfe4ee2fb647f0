"""Calibration and curves on unseen prompts: by hand, and with predictions whose worth is known."""

import numpy as np
import pytest

from analytics.learning.judged import calibration_bins, cross_calibrated, judge_ways, rule_score


def test_bins_hold_equally_many_prompts_and_their_means() -> None:
    predicted = np.linspace(0.0, 0.99, 100)[:, None]
    quality = (np.arange(100) % 2).astype(float)[:, None]
    bins = calibration_bins(("m",), predicted, quality, np.ones(100))
    assert [one.prompts for one in bins] == [10] * 10
    assert bins[0].predicted == pytest.approx(0.045)
    assert {one.observed for one in bins} == {0.5}
    # Wilson's interval for 5 of 10.
    assert (bins[0].low, bins[0].high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))


def test_bins_weigh_prompts_and_leave_out_what_was_not_scored() -> None:
    predicted, quality = np.full((50, 2), 0.5), np.full((50, 2), np.nan)
    quality[:, 0] = np.repeat([1.0, 0.0], 25)
    bins = calibration_bins(("a", "b"), predicted, quality, np.repeat([3.0, 1.0], 25))
    assert {one.model for one in bins} == {"a"}
    assert bins[0].observed == 1.0
    assert bins[-1].observed == 0.0
    mixed = next(one for one in bins if 0 < one.observed < 1) if len(bins) % 2 else None
    assert mixed is None or mixed.observed == pytest.approx(0.75)


def test_no_prompt_has_a_say_in_its_own_calibration() -> None:
    random = np.random.default_rng(1)
    predicted = random.uniform(0.1, 0.9, (500, 1))
    quality = (random.random((500, 1)) < predicted).astype(float)
    fold = np.arange(500) % 5
    before = cross_calibrated(predicted, quality, np.ones(500), fold)
    changed = np.where((fold == 2)[:, None], 1.0 - quality, quality)
    after = cross_calibrated(predicted, changed, np.ones(500), fold)
    assert after[fold == 2] == pytest.approx(before[fold == 2])
    assert np.abs(after[fold != 2] - before[fold != 2]).max() > 0.01


def test_overconfident_predictions_are_pulled_in() -> None:
    random = np.random.default_rng(2)
    truth = random.uniform(0.3, 0.7, (4000, 1))
    quality = (random.random((4000, 1)) < truth).astype(float)
    logit = np.log(truth / (1 - truth))
    loud = 1 / (1 + np.exp(-3 * logit))
    mended = cross_calibrated(loud, quality, np.ones(4000), np.arange(4000) % 5)
    assert np.abs(mended - truth).mean() < 0.25 * np.abs(loud - truth).mean()


def test_chance_recovers_half_and_knowing_the_gain_more() -> None:
    random = np.random.default_rng(3)
    gain = random.integers(-1, 2, 1000) + (random.random(1000) < 0.5)
    weak = (gain < 0).astype(float)
    strong = (gain > 0).astype(float)
    group = (gain > 0).astype(np.int64)
    ways = {one.name: one for one in judge_ways(strong - weak, group, np.arange(1000) % 5, weak, strong)}
    assert ways["random"].apgr == pytest.approx(0.5)
    assert (ways["random"].cpt50, ways["random"].cpt80) == (pytest.approx(0.5), pytest.approx(0.8))
    assert ways["random"].aiq == pytest.approx((weak.mean() + strong.mean()) / 2)
    assert (ways["learned"].apgr or 0) > (ways["random"].apgr or 0) + 0.2
    assert ways["learned"].quality[0] == pytest.approx(weak.mean(), abs=1e-5)
    assert ways["learned"].quality[-1] == pytest.approx(strong.mean(), abs=1e-5)
    assert (ways["learned"].aiq or 0) > (ways["random"].aiq or 0)


def test_the_rule_is_learned_on_other_folds() -> None:
    gain = np.array([1.0] * 50 + [0.0] * 50)
    group, fold = np.repeat([0, 1], 50), np.arange(100) % 5
    score = rule_score(gain, group, fold)
    # 40 prompts of the own use case, 30 of the common mean 0.5.
    assert score[:50] == pytest.approx((40 * 1.0 + 30 * 0.5) / 70)
    assert score[50:] == pytest.approx((40 * 0.0 + 30 * 0.5) / 70)
