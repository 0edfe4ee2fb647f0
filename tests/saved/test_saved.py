"""Nothing that was kept is lost: versions, undo, links, and a difference that shows what changed."""

from pathlib import Path

import pytest

from analytics.errors import UsageError
from analytics.saved import (
    Comparison,
    comparison_of,
    comparison_text,
    delete_item,
    difference,
    duplicate_item,
    list_saved,
    read_saved,
    restore_item,
    save_item,
    scenario_of,
    scenario_text,
    versions_of,
)
from analytics.saved.items import NAME_CHARACTERS
from analytics.simulation import Scenario
from analytics.store import Store, catalogue, open_store, write_transaction

RULES = 'name = "Rules"\n[default]\nuse = "claude-haiku-4-5"\n'
OTHER = RULES.replace("haiku", "sonnet")
SCENARIO = Scenario(5e5, 0.1, (("gpt-4o", 1.0, 2.5),), 0.5, 0.9, 1.2, -0.01, 300.0)
WORDS = (("title", "For the board"), ("next", "Ask Ana."))


@pytest.fixture
def store(database: Path) -> Store:
    with write_transaction(database, "own", "test"):
        pass
    return open_store(database)


def again(store: Store) -> Store:
    """The database after a write."""
    return open_store(store.path)


def test_every_save_is_a_version_and_a_link_opens_each(store: Store) -> None:
    first = save_item(store, "architecture", "  Rules ", RULES, "before the talk", "Ana")
    second = save_item(store, "architecture", "Rules", OTHER, item=first.item)
    store = again(store)
    assert [(one.version, one.content) for one in versions_of(store, first.item)] == [(2, OTHER), (1, RULES)]
    assert list_saved(store) == (second,)
    assert read_saved(store, first.reference) == first
    assert read_saved(store, first.item) == second
    assert (first.name, first.note, first.author) == ("Rules", "before the talk", "Ana")
    assert read_saved(store, f"{first.item}.9") is None
    assert read_saved(store, "'; DROP TABLE saved; --") is None


def test_a_deletion_can_be_undone_with_all_versions(store: Store) -> None:
    kept = save_item(store, "scenario", "Growth", scenario_text(SCENARIO))
    save_item(store, "scenario", "Growth", scenario_text(Scenario()), item=kept.item)
    delete_item(store, kept.item)
    assert list_saved(again(store)) == ()
    assert read_saved(again(store), kept.reference) is None
    with pytest.raises(UsageError, match="deleted"):
        save_item(store, "scenario", "Growth", "{}", item=kept.item)
    restore_item(store, kept.item)
    assert len(versions_of(again(store), kept.item)) == 2
    with pytest.raises(UsageError, match="nothing kept"):
        delete_item(store, "nobody")


def test_a_duplicate_is_an_item_of_its_own(store: Store) -> None:
    kept = save_item(store, "architecture", "x" * NAME_CHARACTERS, RULES, "n", "Ana")
    copy = duplicate_item(store, kept, "Ben")
    assert copy.item != kept.item
    assert (copy.content, copy.note, copy.author, copy.version) == (RULES, "n", "Ben", 1)
    assert copy.name.endswith(" (copy)")
    delete_item(store, kept.item)
    assert [one.item for one in list_saved(again(store))] == [copy.item]


def test_scenarios_and_comparisons_come_back_as_they_were() -> None:
    assert scenario_of(scenario_text(SCENARIO)) == SCENARIO
    found = comparison_of(comparison_text(Comparison((RULES, OTHER), SCENARIO, WORDS, 2)))
    assert found.texts == (RULES, OTHER)
    assert found.scenario == SCENARIO
    assert found.words == WORDS
    assert found.about == 2
    assert [one.models for one in found.architectures] == [("claude-haiku-4-5",), ("claude-sonnet-4-5",)]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"growth": "much"}', '{"grwth": 1}', '{"prices": [["a", 1]]}', '{"prices": 3}']
)
def test_a_broken_scenario_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError):
        scenario_of(text)


def test_a_comparison_without_architectures_is_refused() -> None:
    with pytest.raises(UsageError, match="architectures"):
        comparison_of('{"architectures": [1], "scenario": {}}')
    with pytest.raises(UsageError, match="words"):
        comparison_of('{"architectures": [], "scenario": {}, "words": {"title": 3}}')
    for about in ("2", "0", "1.0", "true", '"1"', "[1]"):
        with pytest.raises(UsageError, match="about"):
            comparison_of(f'{{"architectures": ["name = 1"], "scenario": {{}}, "about": {about}}}')


def test_the_difference_shows_the_changed_line_and_nothing_when_there_is_none(store: Store) -> None:
    one = save_item(store, "architecture", "Rules", RULES)
    two = save_item(store, "architecture", "Rules", OTHER, item=one.item)
    lines = difference(one, two).splitlines()
    assert '-use = "claude-haiku-4-5"' in lines
    assert '+use = "claude-sonnet-4-5"' in lines
    assert ' name = "Rules"' in lines
    assert difference(one, one) == ""
    pair = [
        save_item(store, "comparison", "c", comparison_text(Comparison((text,), SCENARIO))) for text in (RULES, OTHER)
    ]
    assert '+use = "claude-sonnet-4-5"' in difference(*pair).splitlines()


def test_what_cannot_be_kept_is_refused_and_nothing_is_written(store: Store) -> None:
    for name, content in (("  ", RULES), ("x" * 201, RULES), ("x", "y" * 500_001)):
        with pytest.raises(UsageError):
            save_item(store, "architecture", name, content)
    assert open_store(store.path).version == store.version


def test_hostile_text_is_kept_as_it_is(store: Store) -> None:
    text = "'; DROP TABLE saved; -- <script> \x00 نموذج \u202e"
    kept = save_item(store, "architecture", text, text, text, text)
    assert read_saved(again(store), kept.reference) == kept


def test_an_older_database_is_read_as_one_where_nothing_is_kept(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(catalogue, "MIGRATIONS", [one for one in catalogue.MIGRATIONS if one.name < "0006"])
        before.setattr(catalogue, "_note", lambda *_: None)  # such a program noted nothing
        with write_transaction(database, "own", "test"):
            pass
    older = open_store(database)
    assert list_saved(older) == ()
    kept = save_item(older, "architecture", "Rules", RULES)
    assert list_saved(open_store(database)) == (kept,)
