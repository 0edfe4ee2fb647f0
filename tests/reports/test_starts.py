"""What editing begins with on a user's own log."""

from pathlib import Path

from analytics.logs import load_log
from analytics.policies import Cascade, Use
from analytics.reports import Choices, read_choices, starting_points
from analytics.reports.starts import first_rules
from analytics.simulation.strategies import ASSUMED
from analytics.store import open_store

HEAD = "request_id,timestamp,model,input_tokens,output_tokens,use_case,complexity\n"


def test_choices_are_what_the_log_has(tmp_path: Path) -> None:
    database, log = tmp_path / "own.duckdb", tmp_path / "log.csv"
    rows = [("a", "claude-opus-4-1", 900, "review", 0.2), ("b", "claude-opus-4-1", 900, "review", 0.3)]
    rows += [("c", "claude-haiku-4-5", 10, "triage", 0.7)]
    log.write_text(
        HEAD + "".join(f"{name},2026-10-01,{model},10,{out},{case},{hard}\n" for name, model, out, case, hard in rows)
    )
    load_log(database, log)
    store = open_store(database)
    choices = read_choices(store)
    assert choices == Choices(("review", "triage"), ("claude-opus-4-1", "claude-haiku-4-5"), (0.2, 0.3, 0.7))
    begin, cascade, *_ = starting_points(store)
    assert cascade.default == Cascade(("claude-haiku-4-5", "claude-opus-4-1"), None, ASSUMED)
    assert begin.name == "Our rules"
    assert [(one.when.text, one.plan) for one in begin.routes] == [("use_case = 'review'", Use("claude-haiku-4-5"))]
    assert begin.default == Use("claude-opus-4-1")


def test_without_use_cases_the_first_rule_takes_the_simpler_half() -> None:
    found = first_rules(Choices((), ("strong", "weak"), (0.1, 0.42, 0.9)))
    assert found.routes[0].when.text == "complexity < 0.42"
    # Half of all requests are at 0: no rule can be below it.
    assert first_rules(Choices((), ("strong", "weak"), (0.0, 0.0, 0.9))).routes[0].when.text == "complexity < 0.5"


def test_a_log_of_one_model_has_nothing_to_send_elsewhere(tmp_path: Path) -> None:
    database, log = tmp_path / "own.duckdb", tmp_path / "log.csv"
    log.write_text(HEAD + "a,2026-10-01,claude-opus-4-1,10,10,review,0.2\n")
    load_log(database, log)
    assert not {"Our rules", "Cheap first"} & {one.name for one in starting_points(open_store(database))}
