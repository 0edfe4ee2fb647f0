"""What is offered for comparison on a user's own log."""

from pathlib import Path

from analytics.logs import load_log, load_outcomes
from analytics.policies import parse_architecture
from analytics.reports import default_architectures, is_met, offered_architectures
from analytics.saved import save_item
from analytics.store import open_store

MIX = 'name = "Mix"\n[[route]]\nwhen = "use_case = \'triage\'"\nuse = "claude-haiku-4-5"\n[default]\nuse = "claude-opus-4-1"\n'


def test_models_tried_what_was_kept_and_no_rules_that_nothing_meets(tmp_path: Path) -> None:
    database, log, pairs = tmp_path / "own.duckdb", tmp_path / "log.csv", tmp_path / "pairs.csv"
    log.write_text(
        "request_id,timestamp,model,input_tokens,output_tokens,use_case\n"
        "a,2026-10-01,claude-opus-4-1,100,50,triage\nb,2026-10-02,claude-haiku-4-5,100,50,review\n"
    )
    pairs.write_text("prompt_id,model,quality\np,claude-opus-4-1,1\np,claude-sonnet-4-5,1\n")
    load_log(database, log)
    load_outcomes(database, pairs)
    names = [one.name for one in offered_architectures(open_store(database))]
    singles = ["Single claude-opus-4-1", "Single claude-haiku-4-5", "Single claude-sonnet-4-5"]
    # The shipped single models are among them already, and no request is of the use cases that Multi-model names.
    assert names[:3] == singles
    assert set(names[3:]) <= {"Learned", "Cascade"}
    save_item(open_store(database), "architecture", "Mix", MIX)
    save_item(open_store(database), "architecture", "Broken", "name = 3")
    assert [one.name for one in default_architectures(open_store(database))] == [singles[0], "Mix", singles[1]]
    store = open_store(database)
    assert is_met(store, parse_architecture(MIX))
    assert not is_met(store, parse_architecture(MIX.replace("triage", "translation")))
