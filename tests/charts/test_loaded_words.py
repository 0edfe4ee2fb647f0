"""What is loaded, in one sentence."""

from datetime import date
from pathlib import Path

import pytest

from analytics.audit import load_history
from analytics.audit.loaded import Loaded, what_is_loaded
from analytics.charts.loaded_words import loaded_answer, loads_table
from analytics.logs import load_log, load_outcomes
from analytics.store import open_store
from tests.conftest import WriteCsv

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 9)


@pytest.mark.parametrize(
    ("loaded", "demo", "said"),
    [
        (Loaded(0, 0, None, None, 0), False, "No request is loaded yet: begin with a log of them."),
        (
            Loaded(1, 1, FIRST, FIRST, 0), False,
            "1 request of 1 model on 2026-10-01; no prompt was answered by several models.",
        ),
        (
            Loaded(3000, 2, FIRST, LAST, 1), False,
            "3,000 requests of 2 models from 2026-10-01 to 2026-10-09; 1 prompt was answered by several models.",
        ),
        (
            Loaded(3000, 2, FIRST, LAST, 20), True,
            "3,000 generated requests of 2 models from 2026-10-01 to 2026-10-09; 20 prompts were answered by several models.",
        ),
    ],
)  # fmt: skip
def test_the_sentence(loaded: Loaded, demo: bool, said: str) -> None:
    assert loaded_answer(loaded, demo) == said


def test_what_is_counted(tmp_path: Path, write_csv: WriteCsv) -> None:
    """A prompt that a single model answered compares nothing."""
    own = tmp_path / "own.duckdb"
    load_log(own, write_csv("a,2026-10-01T23:00:00Z,gpt-4o,10,5", "b,2026-10-09T01:00:00Z,gpt-4o-mini,10,5"))
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text(
        "prompt_id,model,quality,input_tokens,output_tokens\np,gpt-4o,1,10,5\np,gpt-4o-mini,0,10,5\nq,gpt-4o,1,10,5\n"
    )
    load_outcomes(own, outcomes)
    store = open_store(own)
    assert what_is_loaded(store) == Loaded(2, 2, FIRST, LAST, 1)
    assert loads_table(load_history(store))["format"].to_list() == ["side-by-side outcomes", "plain columns"]
