"""Scores of one session count as fewer: by hand, and in the width of an interval."""

from pathlib import Path

import numpy as np
import pytest

from analytics.logs import load_log
from analytics.outcomes.tables import design_effects, read_scores
from analytics.policies import single_model
from analytics.scope import Scope
from analytics.simulation import simulate
from analytics.store import open_store
from tests.conftest import WriteCsv


def load_world(database: Path, write_csv: WriteCsv, each: int, sessions: int, alike: bool) -> Path:
    """Sessions of `each` scored requests; when `alike`, all scores of a session are the same."""
    random = np.random.default_rng(5)
    rows = []
    for session in range(sessions):
        common = int(random.random() < 0.7)
        for number in range(each):
            score = common if alike else int(random.random() < 0.7)
            rows.append(f"r{session}-{number},2026-10-01,gpt-4o,10,5,s{session},{score}")
    load_log(database, write_csv(*rows, more="session_id,quality"))
    return database


def test_equal_scores_of_a_session_are_worth_one(database: Path, write_csv: WriteCsv) -> None:
    store = open_store(load_world(database, write_csv, each=4, sessions=300, alike=True))
    # Σ over sessions of (4 d)² over Σ of 4 d² is 4, whatever the scores.
    assert design_effects(store) == {"quality": pytest.approx(4.0)}
    scores = read_scores(store, Scope())
    assert scores.n.sum() == pytest.approx(300)
    assert scores.quality.sum() / scores.n.sum() == pytest.approx(store.rows("SELECT avg(quality) FROM requests")[0][0])


def test_independent_scores_of_a_session_keep_their_worth(database: Path, write_csv: WriteCsv) -> None:
    store = open_store(load_world(database, write_csv, each=4, sessions=300, alike=False))
    assert design_effects(store) == {"quality": 1.0}


def test_requests_without_a_session_stand_alone(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database, write_csv("a,2026-10-01,gpt-4o,10,5,,1", "b,2026-10-01,gpt-4o,10,5,,0", more="session_id,quality")
    )
    assert design_effects(open_store(database)) == {"quality": 1.0}


def test_the_interval_widens_as_the_effect_says(tmp_path: Path, write_csv: WriteCsv) -> None:
    widths = []
    for alike in (False, True):
        path = load_world(tmp_path / f"{alike}.duckdb", write_csv, each=4, sessions=300, alike=alike)
        quality = simulate(open_store(path), [single_model("gpt-4o")]).projections[1].quality
        assert quality.low is not None
        assert quality.high is not None
        widths.append(quality.high - quality.low)
    assert widths[1] / widths[0] == pytest.approx(2.0, rel=0.25)
