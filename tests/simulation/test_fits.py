"""The outcome model is fitted once per evidence."""

from pathlib import Path

import pytest

from analytics.logs import load_log
from analytics.policies import single_model
from analytics.simulation import Scenario, ground, simulate
from analytics.store import open_store
from tests.conftest import WriteCsv


def test_only_new_evidence_is_fitted_again(
    database: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[int] = []
    plain = ground.fit_quality
    monkeypatch.setattr(ground, "fit_quality", lambda *parts: fitted.append(1) or plain(*parts))  # type: ignore[func-returns-value]
    rows = [f"r{n},2026-10-01,gpt-4o,10,5,{n % 2}" for n in range(60)]
    load_log(database, write_csv(*rows, more="quality"))
    asked = [single_model("gpt-4o")]
    first = simulate(open_store(database), asked, Scenario(1000))
    again = simulate(open_store(database), asked, Scenario(5000))
    assert len(fitted) == 1
    assert again.projections[1].quality == first.projections[1].quality
    simulate(open_store(database), asked, Scenario(1000), seed=1)
    assert len(fitted) == 2
    load_log(database, write_csv("x,2026-10-01,gpt-4o,10,5,1", more="quality", name="more.csv"))
    assert simulate(open_store(database), asked).projections[1].quality != first.projections[1].quality
    assert len(fitted) == 3
