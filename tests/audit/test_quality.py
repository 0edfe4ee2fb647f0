"""Intervals against closed forms and exact coverage, means against the raw log, drift against mixes that only look like it."""

from datetime import date, timedelta
from math import comb
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics import audit
from analytics.audit.intervals import mean_interval
from analytics.errors import UsageError
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store
from tests.conftest import WriteCsv


def test_right_or_wrong_scores_have_wilsons_interval() -> None:
    # Published examples: Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
    assert mean_interval(263, 81, 81) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert mean_interval(148, 15, 15) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert mean_interval(20, 0, 0) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_graded_scores_have_the_normal_interval() -> None:
    scores = np.array([0.1, 0.4, 0.5, 0.9, 0.7, 0.6])
    spread = 1.959964 * scores.std(ddof=1) / np.sqrt(6)
    found = mean_interval(6, scores.sum(), (scores**2).sum())
    assert found == pytest.approx((scores.mean() - spread, scores.mean() + spread), rel=1e-6)
    assert mean_interval(1, 0.5, 0.25) == (0.0, 1.0)


@pytest.mark.parametrize("truth", [0.5, 0.9, 0.97])
def test_the_interval_covers(truth: float) -> None:
    """Exact coverage at 100 scores, by summing the binomial; the normal interval has 0.75 at 0.97."""
    inside = [low <= truth <= high for low, high in (mean_interval(100, right, right) for right in range(101))]
    chance = [comb(100, right) * truth**right * (1 - truth) ** (100 - right) for right in range(101)]
    assert 0.93 <= float(np.dot(inside, chance)) <= 0.98


def test_means_are_those_of_the_raw_log_and_metrics_stay_apart(busy: Store) -> None:
    assert set(audit.metrics(busy, Scope())) == {"correct", "liked"}
    for metric in ("correct", "liked"):
        rows = busy.rows(
            "SELECT coalesce(use_case, 'unknown'), model, count(*) FILTER (is_request), count(quality) FILTER (quality_metric = $metric), "
            "avg(quality) FILTER (quality_metric = $metric) FROM requests WHERE origin IS NULL GROUP BY ALL",
            {"metric": metric},
        )
        frame = audit.quality_by(busy, Scope(), metric, "use_case", "model")
        found = {(row["use_case"], row["model"]): row for row in frame.iter_rows(named=True)}
        assert len(found) == len(rows)
        for use_case, model, requests, n, mean in rows:
            row = found[use_case, model]
            assert (row["requests"], row["n"]) == (requests, n)
            assert row["mean"] == pytest.approx(mean)
            assert n == 0 or row["low"] < row["mean"] < row["high"] or row["mean"] in (0, 1)
        score = audit.overall(busy, Scope(), metric)
        assert score.n == sum(row[3] for row in rows)
        assert score.requests == sum(row[2] for row in rows)


def test_what_is_not_scored_is_there_and_unknown(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            "a,2026-10-01,gpt-4o,10,5,chat,1",
            "b,2026-10-01,gpt-4o,10,5,chat,0",
            "c,2026-10-01,gpt-4o,10,5,legal,",
            more="use_case,quality",
        ),
    )
    frame = audit.quality_by(open_store(database), Scope(), "quality", "use_case")
    assert frame.select("use_case", "requests", "n", "mean").rows() == [("chat", 2, 2, 0.5), ("legal", 1, 0, None)]


def test_quality_by_something_it_is_not_kept_by_is_refused(busy: Store) -> None:
    with pytest.raises(UsageError, match="not kept by 'origin'"):
        audit.quality_by(busy, Scope(), "correct", "origin")  # type: ignore[arg-type]


def weeks(*rows: tuple[int, str, int, float]) -> pl.DataFrame:
    """(week, use case, scores, share right) as `quality_over_time` gives them."""
    first = date(2026, 9, 7)
    return pl.DataFrame(
        {
            "week": [first + timedelta(weeks=week) for week, *_ in rows],
            "use_case": [use_case for _, use_case, *_ in rows],
            "n": [float(n) for *_, n, _ in rows],
            "total": [n * right for *_, n, right in rows],
            "squares": [n * right for *_, n, right in rows],
        }
    )


def test_a_change_of_what_is_asked_is_no_drift() -> None:
    """Every use case stays as it was; the hard one grows from a tenth to nine tenths: the plain mean falls by 40 points."""
    frame = weeks(
        *((week, "easy", 900 if week < 3 else 100, 0.9) for week in range(5)),
        *((week, "hard", 100 if week < 3 else 900, 0.4) for week in range(5)),
    )
    found = audit.drift(frame)
    assert found is not None
    assert not found.significant
    assert found.change == pytest.approx(0.0, abs=1e-12)
    plain = audit.weekly(frame)["mean"]
    assert plain[0] - plain[-1] == pytest.approx(0.4)


def test_a_fall_is_seen_and_placed() -> None:
    frame = weeks(
        *((week, "easy", 500, 0.9) for week in range(5)),
        *((week, "hard", 500, 0.6 if week < 3 else 0.5) for week in range(5)),
    )
    found = audit.drift(frame)
    assert found is not None
    assert found.since == date(2026, 9, 28)
    assert found.significant
    assert found.largest == "hard"
    assert found.change == pytest.approx(0.5 * (0.5 - 0.6))
    # By hand: half the weight each, sample variances n/(n-1) p(1-p), 1,000 late and 1,500 early scores per use case.
    doubt = 0.25 * (0.09 / 999 + 0.09 / 1499 + 0.25 / 999 + 0.24 / 1499)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * doubt**0.5, rel=1e-5)


def test_few_scores_say_nothing() -> None:
    assert audit.drift(weeks((0, "easy", 29, 0.9), (1, "easy", 500, 0.1))) is None
    assert audit.drift(weeks((0, "easy", 500, 0.9))) is None


def test_chance_alone_rarely_looks_like_drift() -> None:
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(400):
        frame = weeks(
            *(
                (week, name, 200, random.binomial(200, right) / 200)
                for week in range(4)
                for name, right in (("a", 0.9), ("b", 0.7))
            )
        )
        found = audit.drift(frame)
        assert found is not None
        alarms += found.significant
    assert alarms / 400 < 0.09  # 5% meant; 20 of 400 give or take 9
