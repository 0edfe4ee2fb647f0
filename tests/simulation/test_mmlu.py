"""Real side-by-side answers (MMLU, two models, 14,042 prompts): the projection sees a log and a few pairs, the truth is known."""

from collections.abc import Callable
from typing import Any

import pytest

from analytics import settings
from analytics.policies import Architecture, Cascade, Use, Verifier
from analytics.simulation import Projection, Scenario, simulate
from analytics.traffic import complexity_sql

FILE = settings.home.parent / "shared" / "data" / "mmlu_outcomes.parquet"
STRONG, WEAK = "gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1"
WEAK_TRUTH, CASCADE_TRUTH = 9560 / 14042, 0.859

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the MMLU outcomes are not beside this checkout")


def project(fill: Callable[[str, str], Any], architecture: Architecture, pairs: int, seed: int) -> Projection:
    """Everything was logged on the strong model, 30% of it scored; `pairs` prompts were answered by both."""
    complexity = complexity_sql("use_case", "length(prompt) / 4")
    rows = (
        f"(SELECT *, {complexity} AS complexity, floor(complexity * 100 + 1e-9)::UTINYINT AS complexity_bin, "
        f"hash(prompt_id || '/{seed}') AS lot FROM '{FILE}')"
    )
    requests = f"""SELECT prompt_id AS request_id, prompt_id AS logical_id, model, use_case, complexity, complexity_bin,
        0 AS context_band, false AS batch, 'ok' AS status, true AS is_request, 300 AS input_tokens, 5 AS output_tokens,
        0 AS cache_read_tokens, 0 AS cache_write_tokens, 0 AS reasoning_tokens,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds((lot % 2592000)::INTEGER) AS timestamp,
        CASE WHEN lot % 1000 < 300 THEN quality END AS quality FROM {rows} WHERE model = '{STRONG}'"""
    chosen = f"SELECT prompt_id FROM {rows} WHERE model = '{STRONG}' ORDER BY hash(lot) LIMIT {pairs}"
    outcomes = f"""SELECT prompt_id, model, use_case, complexity, complexity_bin, quality, 'quality' AS quality_metric
        FROM {rows} WHERE prompt_id IN ({chosen})"""
    scenario = Scenario(prices=((STRONG, 10.0, 30.0), (WEAK, 0.6, 0.6)))
    return simulate(fill(requests, outcomes), [architecture], scenario).projections[1]


def test_three_hundred_pairs_carry_the_weak_model_to_all_traffic(fill_world: Callable[[str, str], Any]) -> None:
    found = [project(fill_world, Architecture("weak", Use(WEAK)), 300, seed) for seed in range(10)]
    covered = sum((one.quality.low or 0) <= WEAK_TRUTH <= (one.quality.high or 0) for one in found)
    width = sum((one.quality.high or 0) - (one.quality.low or 0) for one in found) / len(found)
    assert covered >= 8
    assert width < 0.10  # the log-free interval of 300 answers is 0.105 wide
    assert all(one.grade == "A" for one in found)


def test_a_cascade_is_not_overstated_as_if_failures_were_independent(fill_world: Callable[[str, str], Any]) -> None:
    cascade = Architecture("cascade", Cascade((WEAK, STRONG), None, Verifier(1.0, 0.0)))
    found = [project(fill_world, cascade, 1000, seed) for seed in range(4)]
    means = [one.quality.mean or 0 for one in found]
    assert sum(means) / len(means) == pytest.approx(CASCADE_TRUTH, abs=0.012)  # independence would say 0.938
    assert sum((one.quality.low or 0) <= CASCADE_TRUTH <= (one.quality.high or 0) for one in found) >= 3
