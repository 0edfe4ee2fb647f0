"""Training on a small demo: versions, what is kept, and what a learned plan makes of it."""

import json
import shutil
from pathlib import Path

import pytest

from analytics import settings
from analytics.cli import main
from analytics.errors import SimulationError
from analytics.learning import train_router
from analytics.learning.describe import findings_sentences
from analytics.learning.stored import read_router
from analytics.logs.demo import build_demo
from analytics.policies import load_architecture
from analytics.simulation import simulate
from analytics.store import open_store


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "demo.duckdb"
    build_demo(path, requests=20_000)
    train_router(path)
    return path


def test_the_router_is_kept_with_every_prompt_and_request(trained: Path) -> None:
    store = open_store(trained)
    router = read_router(store, "default@latest")
    assert router is not None
    assert (router.name, router.version) == ("default", 1)
    assert router.n.sum() == 20_000
    assert len(router.prompt_id) == store.rows("SELECT count(DISTINCT prompt_id) FROM outcomes")[0][0]
    assert ((router.predicted > 0) & (router.predicted < 1)).all()
    assert read_router(store, "other@latest") is None
    with pytest.raises(SimulationError, match="There is no router 'default@7': use one of default@1"):
        read_router(store, "default@7")


def test_a_learned_plan_uses_it_and_saves_money(trained: Path) -> None:
    learned = load_architecture(settings.architectures_dir / "learned.toml")
    current, found = simulate(open_store(trained), [learned]).projections
    assert found.grade == "A"
    assert found.monthly_cost_usd.mean is not None
    assert current.monthly_cost_usd.mean is not None
    assert found.monthly_cost_usd.mean < 0.6 * current.monthly_cost_usd.mean
    assert sum(found.model_share.values()) == pytest.approx(1.0)


def test_each_training_is_a_new_version(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(trained, copy)
    shutil.copytree(f"{trained}.segments", f"{copy}.segments")
    assert main(["train", "--db", str(copy), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 2
    assert found["apgr"] > 0.55


def test_too_little_evidence_is_refused(database: Path, write_csv: object) -> None:
    from analytics.logs import load_log

    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))  # type: ignore[operator]
    with pytest.raises(SimulationError, match="too little to learn from: 0 prompts side by side"):
        train_router(database)


def test_what_was_learned_is_told_in_words(trained: Path) -> None:
    sentences = findings_sentences(train_router(trained, name="words"))
    assert any("the log keeps no prompts" in sentence for sentence in sentences)
    assert any("choosing at random keeps 50%" in sentence for sentence in sentences)
