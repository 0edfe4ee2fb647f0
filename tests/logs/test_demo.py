"""The demo: the same every time, and what its table says."""

from pathlib import Path

import pytest

from analytics import settings
from analytics.logs.demo import write_demo_files
from analytics.policies import load_architecture
from tests.benchmarks.demo_seeds import TABLE, truth_of


def test_a_seed_gives_the_same_files(tmp_path: Path) -> None:
    contents = []
    for number, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        contents.append([file.read_bytes() for file in write_demo_files(folder, seed, 3000)])
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


@pytest.mark.parametrize("name", ["single-opus", "single-sonnet", "multi-model"])
def test_the_ground_truth_is_the_promised_table(name: str) -> None:
    architecture = load_architecture(settings.architectures_dir / f"{name}.toml")
    cost, latency, quality = TABLE[architecture.name]
    truth = truth_of(architecture)
    assert truth.monthly_cost_usd == pytest.approx(cost, rel=0.01)
    assert truth.latency_s == pytest.approx(latency, abs=0.05)
    assert truth.quality == pytest.approx(quality, abs=0.005)
