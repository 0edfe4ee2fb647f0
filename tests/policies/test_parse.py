"""Architecture files: what is understood, what is refused, and that writing one gives the same one back."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import settings as places
from analytics.errors import ArchitectureError
from analytics.policies import (
    Architecture,
    Cascade,
    Learned,
    Overhead,
    Route,
    Split,
    Use,
    Verifier,
    architecture_toml,
    describe,
    load_architecture,
    parse_architecture,
    route_sql,
)
from analytics.policies.predicate import parse_predicate

ALL_PLANS = """
name = "Multi-model"
[[route]]
when = "use_case in ('intent_classification', 'data_extraction') and complexity < 0.5"
use = "anthropic/claude-haiku-4.5"
[[route]]
when = "environment = 'staging'"
split = { "claude-haiku-4-5" = 0.9, "claude-sonnet-4-5" = 0.1 }
[[route]]
when = "use_case = 'complex_reasoning'"
learned = { models = ["claude-haiku-4-5", "claude-opus-4-1"], min_quality = 0.9, router = "default@latest" }
[default]
cascade = ["claude-haiku-4-5", "claude-opus-4-1"]
accept_at = 0.7
verifier = { true_accept = 0.95, false_accept = 0.15, cost_usd = 0.0002, latency_ms = 150 }
[overhead]
latency_ms = 15
"""


def test_every_plan_is_read() -> None:
    architecture = parse_architecture(ALL_PLANS)
    assert architecture.plans == (
        Use("claude-haiku-4-5"),
        Split((("claude-haiku-4-5", 0.9), ("claude-sonnet-4-5", 0.1))),
        Learned(("claude-haiku-4-5", "claude-opus-4-1"), 0.9, "default@latest"),
        Cascade(("claude-haiku-4-5", "claude-opus-4-1"), 0.7, Verifier(0.95, 0.15, 0.0002, 150.0)),
    )
    assert architecture.overhead == Overhead(15.0, 0.0)
    assert architecture.models == ("claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-1")
    assert architecture.on_classes
    assert route_sql(architecture) == (
        "CASE WHEN use_case IN ('intent_classification', 'data_extraction') AND complexity < 0.5 THEN 0 "
        "WHEN environment = 'staging' THEN 1 WHEN use_case = 'complex_reasoning' THEN 2 ELSE 3 END"
    )
    assert len(describe(architecture)) == 5


@pytest.mark.parametrize("file", sorted(places.architectures_dir.glob("*.toml")), ids=lambda file: file.stem)
def test_the_shipped_files_are_good(file: Path) -> None:
    architecture = load_architecture(file)
    assert architecture.on_classes
    assert parse_architecture(architecture_toml(architecture)) == architecture


DEFAULT = '[default]\nuse = "gpt-4o"\n'
BAD = {
    "not TOML": ("name = ", "not valid TOML"),
    "no name": (DEFAULT, "needs a name"),
    "no default": ('name = "x"', r"no \[default\]"),
    "two plans": ('name = "x"\n[default]\nuse = "a"\nsplit = { a = 1.0 }', "exactly one of.* has use and split"),
    "no plan": ('name = "x"\n[default]\n', "exactly one of.* has none"),
    "a long name": (f'name = "{"x" * 201}"\n{DEFAULT}', "at most 200 characters"),
    "a misspelt overhead": (f'name = "x"\n{DEFAULT}[overhead]\nlatency = 5', "overhead: unknown key 'latency'"),
    "misspelt key": ('name = "x"\n[default]\nuze = "a"', "did you mean 'use'"),
    "weights": ('name = "x"\n[default]\nsplit = { a = 0.5, b = 0.4 }', "sum to 0.9"),
    "negative weight": ('name = "x"\n[default]\nsplit = { a = -0.5, b = 1.0 }', "between 0 and 1"),
    "no verifier": ('name = "x"\n[default]\ncascade = ["a", "b"]', "accept_at = 0.7"),
    "short chain": ('name = "x"\n[default]\ncascade = ["a"]\naccept_at = 0.5', "at least two models"),
    "repeated": ('name = "x"\n[default]\ncascade = ["a", "a"]\naccept_at = 0.5', "appears twice"),
    "bad rate": (
        'name = "x"\n[default]\ncascade = ["a", "b"]\nverifier = { true_accept = 2, false_accept = 0 }',
        "true_accept",
    ),
    "half a verifier": (
        'name = "x"\n[default]\ncascade = ["a", "b"]\nverifier = { true_accept = 1 }',
        "'false_accept' is missing",
    ),
    "bad router": (
        'name = "x"\n[default]\nlearned = { models = ["a", "b"], min_quality = 0.9, router = "x y" }',
        "name@version",
    ),
    "stray accept_at": ('name = "x"\n[default]\nuse = "a"\naccept_at = 0.5', "belongs to a cascade"),
    "no when": (f'name = "x"\n[[route]]\nuse = "a"\n{DEFAULT}', "route 1: 'when' is missing"),
    "subquery": (
        f'name = "x"\n[[route]]\nwhen = "use_case in (select 1)"\nuse = "a"\n{DEFAULT}',
        "route 1: a subquery at character 13",
    ),
    "after": (
        f'name = "x"\n[[route]]\nwhen = "output_tokens > 5"\nuse = "a"\n{DEFAULT}',
        "known only after the answer",
    ),
    "model": ('name = "x"\n[default]\nuse = 3', "not the name of a model"),
    "infinite": ('name = "x"\n[default]\nuse = "a"\n[overhead]\nlatency_ms = inf', "not a number between"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_get_one_clear_sentence(case: str) -> None:
    text, reason = BAD[case]
    with pytest.raises(ArchitectureError, match=reason) as error:
        parse_architecture(text, "arch.toml")
    assert str(error.value).startswith("arch.toml")
    assert "\n" not in str(error.value)


def test_a_name_may_have_two_hundred_characters() -> None:
    assert len(parse_architecture(f'name = "{"x" * 200}"\n{DEFAULT}').name) == 200


def test_unreadable_files_say_why(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'name = "caf\xe9"')
    with pytest.raises(ArchitectureError, match="UTF-8"):
        load_architecture(latin)
    with pytest.raises(ArchitectureError, match="cannot be read"):
        load_architecture(tmp_path / "missing.toml")
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ArchitectureError, match="1 MB"):
        load_architecture(large)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)
models = st.sampled_from(["gpt-4o", "claude-opus-4-1", "our-llama", 'odd"name', "naïve"])
rates = st.floats(0, 1)
chains = st.lists(models, min_size=2, max_size=4, unique=True).map(tuple)
plans = (
    models.map(Use)
    | st.lists(models, min_size=2, max_size=2, unique=True).map(lambda pair: Split(((pair[0], 0.25), (pair[1], 0.75))))
    | st.builds(Learned, chains, rates)
    | st.builds(
        Cascade, chains, rates, st.none() | st.builds(Verifier, rates, rates, st.floats(0, 10), st.floats(0, 1000))
    )
)
conditions = st.sampled_from(["complexity < 0.5", "use_case = 'a \"b\"'", "team is null or batch"]).map(
    lambda text: parse_predicate(text, "x")
)


@settings(max_examples=60, deadline=None)
@given(st.builds(
    Architecture, names, plans, st.just("") | names, st.lists(st.builds(Route, conditions, plans), max_size=3).map(tuple),
    st.builds(Overhead, st.floats(0, 1e6), st.floats(0, 1000)),
))  # fmt: skip
def test_writing_gives_the_same_architecture_back(architecture: Architecture) -> None:
    assert parse_architecture(architecture_toml(architecture)) == architecture


def test_a_learned_plan_says_how_it_weighs_quality_against_money() -> None:
    text = 'name = "L"\n[default]\nlearned = { models = ["a", "b"], worth_usd = 0.25 }\n'
    architecture = parse_architecture(text)
    assert architecture.default == Learned(("a", "b"), worth_usd=0.25)
    assert parse_architecture(architecture_toml(architecture)) == architecture
    assert "a good answer being worth $0.25" in describe(architecture)[0]
    with pytest.raises(ArchitectureError, match="either min_quality"):
        parse_architecture(text.replace("worth_usd = 0.25", "worth_usd = 0.25, min_quality = 0.9"))
