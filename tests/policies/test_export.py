"""Exports: the Python function, the query and the gateway's hook choose the route that the simulation's SQL chooses."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics import settings as places
from analytics.cli import main
from analytics.commands import export as export_command
from analytics.errors import ExportError
from analytics.policies import Architecture, Split, load_architecture, parse_architecture, route_sql
from analytics.policies.export import DIALECTS, TARGETS, export_architecture
from analytics.policies.export.support import answer, choose, rule_complexity, split
from analytics.policies.export.yaml import yaml_lines
from analytics.traffic import complexity_sql
from analytics.waiting import wait_for

COLUMNS = {
    "request_id": "TEXT", "use_case": "TEXT", "team": "TEXT", "complexity": "DOUBLE", "input_tokens": "BIGINT",
    "prompt_chars": "BIGINT", "batch": "BOOLEAN", "timestamp": "TIMESTAMP",
}  # fmt: skip
SPLIT = '{ "a" = 0.5, "b" = 0.3, "c" = 0.2 }'


def run(source: str) -> dict[str, Any]:
    """The names an exported module defines."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), names)
    return names


def exported(architecture: Architecture) -> Any:
    return run(export_architecture(architecture, "python").text)["route"]


def policy(*conditions: str, plan: str = 'use = "x"', default: str = 'use = "z"') -> Architecture:
    routes = "".join(f"[[route]]\nwhen = {json.dumps(condition)}\n{plan}\n" for condition in conditions)
    return parse_architecture(f'name = "P"\n{routes}[default]\n{default}\n')


def queried(architecture: Architecture, requests: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """(index by the simulation's route SQL, routed_by and routed_model by the exported query) of every request."""
    rule = complexity_sql("use_case", "input_tokens")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE requests (place INT, {', '.join(' '.join(one) for one in COLUMNS.items())})")
        values = [list(range(len(requests))), *([request.get(name) for request in requests] for name in COLUMNS)]
        columns = ", ".join(f"unnest(?::{kind}[])" for kind in ("INT", *COLUMNS.values()))
        connection.execute(f"INSERT INTO requests SELECT {columns}", values)
        stored = f"(SELECT * REPLACE (coalesce(complexity, {rule}) AS complexity) FROM requests)"
        routes = connection.execute(f"SELECT {route_sql(architecture)} FROM {stored} ORDER BY place").fetchall()
        query = export_architecture(architecture, "sql").text.rstrip().removesuffix(";")
        named = connection.execute(f"SELECT routed_by, routed_model FROM ({query}\n) ORDER BY place").fetchall()
    return [(route, by, model) for (route,), (by, model) in zip(routes, named, strict=True)]


def assert_all_agree(architecture: Architecture, requests: list[dict[str, Any]]) -> None:
    route, count = exported(architecture), len(architecture.routes)
    for request, (index, by, model) in zip(requests, queried(architecture, requests), strict=True):
        decision = route(request)
        expected = f"route {index + 1}" if index < count else "default"
        assert (decision.route, by) == (expected, expected), request
        assert decision.models[0] == model


texts = st.sampled_from(["chat", "Chat", "code", "data_extraction", "a%b", "é\nx", ""])
literals = texts.map(lambda text: "'" + text.replace("'", "''") + "'")
text_values = st.one_of(st.sampled_from(["use_case", "team", "lower(use_case)", "coalesce(team, use_case)", "coalesce(use_case, 'code')"]), literals)  # fmt: skip
counts = st.sampled_from(["input_tokens", "prompt_chars", "coalesce(input_tokens, prompt_chars, 7)", "length(use_case)", "abs(input_tokens - 50)"])  # fmt: skip
numbers = st.one_of(
    counts,
    st.sampled_from(
        [
            "complexity",
            "0.1",
            "0.3",
            "3",
            "60",
            "1e2",
            "-5",
            "extract(dow from timestamp)",
            "hour(timestamp)",
            "dayofweek(timestamp)",
            "extract(isodow from timestamp)",
        ]
    ),
    st.builds(
        "({} {} {})".format,
        counts,
        st.sampled_from("+-*/"),
        st.sampled_from(["0.1", "3", "complexity", "prompt_chars", "0", "2.5"]),
    ),
)
signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
leaves = st.one_of(
    st.builds("{} {} {}".format, numbers, signs, numbers),
    st.builds("{} {} {}".format, text_values, signs, text_values),
    st.builds(
        "{} {} ({}, {})".format,
        text_values,
        st.sampled_from(["in", "not in"]),
        literals,
        st.one_of(literals, st.just("null")),
    ),
    st.builds(
        "{} {} ({}, {})".format,
        numbers,
        st.sampled_from(["in", "not in"]),
        st.sampled_from(["3", "0.3", "null"]),
        numbers,
    ),
    st.builds("{} between {} and {}".format, numbers, numbers, numbers),
    st.builds(
        "{} {} {}".format,
        text_values,
        st.sampled_from(["like", "ilike", "not like"]),
        st.sampled_from(["'c%'", "'%_a%'", "'a%b'", "team"]),
    ),
    st.builds("{}({}, {})".format, st.sampled_from(["starts_with", "contains"]), text_values, text_values),
    st.builds("{} is {}null".format, st.one_of(text_values, numbers), st.sampled_from(["", "not "])),
    st.builds(
        "timestamp {} '{}'".format,
        signs,
        st.sampled_from(["2026-10-04", "2026-10-04 12:30:00", "2026-10-04T14:30:00+02:00"]),
    ),
    st.sampled_from(
        [
            "batch",
            "batch is true",
            "batch is not false",
            "batch = true",
            "batch <> false",
            "batch = (team = 'chat')",
            "coalesce(batch, complexity < 0.5)",
            "true",
            "null",
        ]
    ),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or", "=", "<>"]), inner),
        st.builds("not ({})".format, inner),
        st.builds("({}) is {}".format, inner, st.sampled_from(["true", "not true", "false", "null", "not null"])),
    ),
    max_leaves=5,
)


def or_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


requests_made = st.fixed_dictionaries(
    {
        "request_id": or_none(st.text(max_size=8).filter(lambda text: "\0" not in text)),
        "use_case": or_none(texts),
        "team": or_none(texts),
        "complexity": or_none(st.integers(0, 1000).map(lambda number: number / 1000)),
        "input_tokens": or_none(st.sampled_from([0, 1, 3, 49, 50, 51, 60, 632, 8000, 9000])),
        "prompt_chars": or_none(st.sampled_from([0, 3, 60, 200])),
        "batch": or_none(st.booleans()),
        "timestamp": or_none(st.datetimes(datetime(2026, 10, 1), datetime(2026, 10, 9))),
    }
)


@settings(max_examples=50, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=3), st.lists(requests_made, min_size=1, max_size=12))
@example(["input_tokens * 0.1 <= 0.3", "input_tokens / prompt_chars > 2"], [{"input_tokens": 3, "prompt_chars": 0}])
@example(["not (prompt_chars > prompt_chars / prompt_chars)", "prompt_chars / 0 = 0 / 0"], [{"prompt_chars": 0}])
@example(["not (use_case in ('chat', null))"], [{"use_case": "code"}, {"use_case": None}])
def test_every_export_chooses_the_route_of_the_simulation(texts: list[str], requests: list[dict[str, Any]]) -> None:
    assert_all_agree(policy(*texts, default=f"split = {SPLIT}"), requests)


@given(texts | st.sampled_from(["agents", "SQL debugging", "x"]), st.none() | st.integers(0, 20_000))
@settings(max_examples=40, deadline=None)
def test_the_complexity_rule_is_the_same_in_python_and_in_the_query(use_case: str, tokens: int | None) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT {complexity_sql('u', 't')} FROM (SELECT ?::TEXT AS u, ?::BIGINT AS t)"
        expected = connection.execute(query, [use_case, tokens]).fetchall()[0][0]
    assert rule_complexity(use_case, tokens) == expected
    request = {"use_case": use_case, "input_tokens": tokens}
    limit = f"complexity >= {expected} and complexity <= {expected}"
    assert [by for _, by, _ in queried(policy(limit), [request])] == ["route 1"]


def test_splits_by_hand_and_by_share() -> None:
    architecture = policy(default=f"split = {SPLIT}")
    parts = (("a", "80000000"), ("b", "cccccccd"), ("c", None))
    by_hand = hashlib.md5(b"42").hexdigest()[:8]
    assert split("42", parts) == ("a" if by_hand < "80000000" else "b" if by_hand < "cccccccd" else "c")
    requests = [{"request_id": str(number)} for number in range(20_000)]
    models = [model for _, _, model in queried(architecture, requests)]
    for model, share in architecture.default.weights if isinstance(architecture.default, Split) else ():
        # 4 standard errors of a share over 20,000 requests are at most 1.4 points.
        assert models.count(model) / len(models) == pytest.approx(share, abs=0.014)


def test_a_cascade_keeps_the_first_accepted_answer_and_the_last_in_any_case() -> None:
    route = exported(policy(default='cascade = ["a", "b", "c"]\naccept_at = 0.7'))
    decision = route({})
    assert (decision.models, decision.accept_at) == (("a", "b", "c"), 0.7)
    scores = {"a": 0.69, "b": 0.7}
    assert answer(decision, lambda model: model, lambda found: scores[found]) == ("b", "b")
    assert answer(decision, lambda model: model, lambda found: 0.0) == ("c", "c")
    judged = exported(policy(default='cascade = ["a", "b"]\nverifier = { true_accept = 0.9, false_accept = 0.1 }'))({})
    assert answer(judged, lambda model: model, lambda found: found == "a") == ("a", "a")
    assert answer(judged, lambda model: model, lambda found: False) == ("b", "b")


def test_a_learned_plan_chooses_by_predictions_and_costs() -> None:
    models, costs = ("a", "b", "c"), {"a": 0.01, "b": 0.02, "c": 0.1}
    quality = {"a": 0.6, "b": 0.9, "c": 0.95}
    enough = exported(policy(default='learned = { models = ["a", "b", "c"], min_quality = 0.9 }'))
    assert enough({}, lambda request: quality, lambda request: costs).models == ("b",)
    assert enough({}, lambda request: quality | {"b": 0.89}, lambda request: costs).models == ("c",)
    assert choose(models, {"a": 0.6, "b": 0.89, "c": 0.7}, costs, min_quality=0.9) == "b"
    # 0.6 x 0.2 - 0.01 = 0.11, 0.9 x 0.2 - 0.02 = 0.16, 0.95 x 0.2 - 0.1 = 0.09
    assert choose(models, quality, costs, worth_usd=0.2) == "b"
    assert choose(models, {}, {}, worth_usd=0.2) == "c"
    in_sql = policy(default='learned = { models = ["a", "b", "c"], min_quality = 0.9 }')
    assert queried(in_sql, [{"request_id": "1"}]) == [(0, "default", None)]


def test_a_module_holds_what_its_plans_need_and_names_what_it_reads() -> None:
    def defined(text: str) -> set[str]:
        return {line.split()[1].split("(")[0] for line in text.splitlines() if line.startswith(("def ", "class "))}

    plain = export_architecture(policy("team = 'growth'"), "python")
    assert defined(plain.text) == {"Decision", "route"}
    assert plain.notes == ("route(request) reads these keys of request: team.",)
    assert export_architecture(policy(), "python").notes == ()
    mixed = export_architecture(policy("complexity < 0.5", plan='split = { "a" = 0.5, "b" = 0.5 }'), "python")
    assert defined(mixed.text) == {"Decision", "split", "rule_complexity", "route"}
    assert (
        mixed.notes[0] == "route(request) reads these keys of request: complexity, input_tokens, request_id, use_case."
    )
    chain = policy(default='cascade = ["a", "b"]\naccept_at = 0.5')
    assert defined(export_architecture(chain, "python").text) == {"Decision", "answer", "route"}
    gateway = dict(export_architecture(chain, "litellm").files)["routecast_router.py"]
    assert "answer" not in defined(gateway)
    assert gateway.index("from typing") < gateway.index("from litellm")  # the standard library first


def hook(architecture: Architecture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The exported hook's module, LiteLLM's base class replaced by an empty one."""
    files = dict(export_architecture(architecture, "litellm").files)
    stand_in = SimpleNamespace(CustomLogger=object)
    for name in ("litellm", "litellm.integrations", "litellm.integrations.custom_logger"):
        monkeypatch.setitem(__import__("sys").modules, name, stand_in)
    return run(files["routecast_router.py"])


def call(names: dict[str, Any], data: dict[str, Any], kind: str = "acompletion", **key: Any) -> dict[str, Any]:

    changed: dict[str, Any] = wait_for(names["router"].async_pre_call_hook(SimpleNamespace(**key), None, data, kind))
    return changed


def test_the_hook_reads_metadata_tags_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    names = hook(policy("use_case = 'chat' and team = 'growth'", "prompt_chars = 8 and input_tokens = 2"), monkeypatch)
    said = {"metadata": {"requester_metadata": {"use_case": "chat"}, "tags": ["x", "task:other"]}, "model": "m"}
    assert call(names, said, team_alias="growth")["model"] == "x"
    assert (
        call(names, {"metadata": {"tags": ["task:chat"]}}, team_id="growth")["metadata"]["routecast_route"] == "route 1"
    )
    own = {"litellm_metadata": {"use_case": "chat", "team": "growth"}, "metadata": {"user_id": "u"}}
    assert call(names, own, kind="anthropic_messages")["litellm_metadata"]["routecast_route"] == "route 1"
    parts = [{"type": "text", "text": "four"}, {"type": "image_url", "image_url": {"url": "data:..."}}]
    messages = [{"role": "user", "content": parts}, {"role": "user", "content": "more"}]
    assert call(names, {"messages": messages})["metadata"]["routecast_route"] == "route 2"
    assert call(names, {"model": "m", "metadata": "nonsense"} | {"metadata": {}})["model"] == "z"
    assert call(names, {"model": "m"}, kind="aembedding") == {"model": "m"}


def test_the_hook_of_cascades_and_learned_plans_does_what_a_gateway_can(monkeypatch: pytest.MonkeyPatch) -> None:
    cascade = policy(default='cascade = ["a", "b", "c"]\nverifier = { true_accept = 0.9, false_accept = 0.1 }')
    changed = call(hook(cascade, monkeypatch), {})
    assert (changed["model"], changed["fallbacks"]) == ("a", ["b", "c"])
    assert "LiteLLM cannot judge an answer" in " ".join(export_architecture(cascade, "litellm").notes)
    names = hook(policy(default='learned = { models = ["a", "b"], min_quality = 0.9 }'), monkeypatch)
    assert call(names, {})["model"] == "b"
    said = {"predicted_quality": {"a": "0.95", "b": 0.99, "c": None}, "expected_cost_usd": {"a": 0.1, "b": 0.2}}
    assert call(names, {"metadata": said})["model"] == "a"
    assert call(names, {"metadata": {"predicted_quality": "?", "expected_cost_usd": [1]}})["model"] == "b"


def test_keys_are_only_named_and_weights_kept() -> None:
    mixed = policy(default='split = { "claude-opus-4-1" = 0.9, "our-llama" = 0.1 }')
    export = export_architecture(mixed, "litellm")
    assert [name for name, _ in export.files] == ["config.yaml"]
    assert export.text.count('model_name: "*"') == 2
    for line in ('model: "anthropic/claude-opus-4-1"', 'api_key: "os.environ/ANTHROPIC_API_KEY"', "weight: 0.9",
                 'model: "openai/our-llama"', 'api_base: "os.environ/OUR_LLAMA_API_BASE"'):  # fmt: skip
        assert f"      {line}\n" in export.text
    said = " ".join(line.removeprefix("#").strip() for line in export.text.splitlines() if line.startswith("#"))
    assert all(f"- {note}" in said for note in export.notes)
    assert "by chance" in " ".join(export.notes)


def test_yaml_by_hand() -> None:
    content = {"list": [{"name": "a: #b", "inner": {"x": 1e-9}}, "two"], "text": 'say "yes"\x85'}
    assert yaml_lines(content) == [
        "list:", '  - name: "a: #b"', "    inner:", "      x: 0.000000001", '  - "two"', 'text: "say \\"yes\\"\\U00000085"',
    ]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_names_and_conditions_never_break_out_of_their_comments(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "x\nraise SystemExit\r'''\u2028\"\"\"; DROP TABLE requests"
    condition = "use_case = 'it''s\n\\x' or\nteam = '\"\"\"'"
    architecture = parse_architecture(
        f"name = {json.dumps(evil)}\ndescription = {json.dumps(evil)}\n[[route]]\nwhen = {json.dumps(condition)}\n"
        'use = "it\'s \\"m\\""\n[default]\nuse = "z"\n'
    )
    assert_all_agree(architecture, [{"use_case": "it's\n\\x"}, {"team": '"""'}, {"team": "x"}])
    for name, text in export_architecture(architecture, target).files:
        said = [line for line in text.splitlines() if "SystemExit" in line]
        assert said
        assert all(line.startswith(("#", "--")) for line in said), name
    if target == "litellm":
        assert call(hook(architecture, monkeypatch), {"metadata": {"team": '"""'}})["model"] == 'it\'s "m"'


def test_every_shipped_architecture_exports_everywhere() -> None:
    for file in sorted(places.architectures_dir.glob("*.toml")):
        architecture = load_architecture(file)
        for dialect in DIALECTS:
            assert sqlglot.parse(export_architecture(architecture, "sql", dialect).text, dialect=dialect)
        for target in ("python", "litellm"):
            for name, text in export_architecture(architecture, target).files:
                if name.endswith(".py"):
                    compile(text, name, "exec")


@pytest.mark.parametrize(
    ("condition", "dialect", "expected"),
    [
        ("dayofweek(timestamp) = 0", "bigquery", "(\n        EXTRACT(DAYOFWEEK FROM timestamp) - 1\n      ) = 0"),
        ("dayofweek(timestamp) = 0", "postgres", "EXTRACT(DOW FROM timestamp) = 0"),
        ("extract(isodow from timestamp) = 7", "snowflake", "DATE_PART(DAYOFWEEKISO, timestamp) = 7"),
        ("hour(timestamp) < 9", "postgres", "EXTRACT(HOUR FROM timestamp) < 9"),
        ("contains(team, 'a')", "postgres", "POSITION('a' IN team) > 0"),
        ("contains(team, 'a')", "bigquery", "INSTR(team, 'a') > 0"),
        ("not (batch is true)", "snowflake", "COALESCE(batch, FALSE)"),
    ],
)
def test_what_warehouses_call_it(condition: str, dialect: str, expected: str) -> None:
    assert expected in export_architecture(policy(condition), "sql", dialect).text


def test_what_python_cannot_say_is_refused_with_its_route() -> None:
    with pytest.raises(ExportError, match=r"^Route 2: '\(use_case, team\)' has no counterpart"):
        export_architecture(policy("batch", "(use_case, team) = ('a', 'b')"), "python")
    with pytest.raises(ExportError, match="'soon' is not a time"):
        export_architecture(policy("timestamp > 'soon'"), "python")


def test_times_with_offsets_are_utc() -> None:
    route = exported(policy("timestamp >= '2026-10-04 12:00'"))
    assert route({"timestamp": "2026-10-04T13:30:00+02:00"}).route == "default"
    assert route({"timestamp": datetime(2026, 10, 4, 12, tzinfo=UTC)}).route == "route 1"


def test_the_command_writes_the_files_and_says_what_it_cannot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped, out = str(places.architectures_dir / "cascade.toml"), tmp_path / "gateway.yaml"
    assert main(["export", shipped, "--to", "litellm", "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] == out.read_text(encoding="utf-8")
    assert found["paths"] == [str(out), str(tmp_path / "routecast_router.py")]
    assert found["notes"]
    assert main(["export", shipped, "--to", "python"]) == 0
    assert run(capsys.readouterr().out)["route"]({"use_case": "complex_reasoning"}).models == ("claude-opus-4-1",)
    assert main(["export", shipped, "--to", "python", "--dialect", "postgres"]) == 1
    assert (export_command.TARGETS, export_command.DIALECTS) == (TARGETS, DIALECTS)
    assert "--dialect is for --to sql" in capsys.readouterr().err
