"""The price file written by a form: what is saved is what is read, and a mistake changes nothing."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import PriceError
from analytics.prices import own_prices_of
from analytics.prices.own import own_prices_file
from analytics.prices.own_file import OwnEntries, own_entries, own_entries_toml, save_own_entries

PRICE = {
    "model": "our-llama",
    "input": 0.2,
    "output": 0.6,
    "from": date(2026, 7, 1),
    "above_tokens": 200_000,
    "provider": "",
}


def test_what_is_saved_is_what_is_read(database: Path) -> None:
    entries = (
        OwnEntries()
        .with_price(PRICE)
        .with_price({"model": "second", "input": 1, "output": 2, "cache_read": None})
        .with_alias("prod deployment", "gpt-4o")
        .with_discount("anthropic", 0.1)
    )
    save_own_entries(database, entries)
    assert own_entries(database) == entries
    own = own_prices_of(database)
    assert own is not None
    (row,) = own.rows["our-llama"]
    assert (row.input_usd_per_mtok, row.output_usd_per_mtok, row.above_tokens, row.provider) == (
        0.2,
        0.6,
        200_000,
        "own",
    )
    assert str(row.valid_from) == "2026-07-01 00:00:00+00:00"
    assert (own.alias("Prod Deployment"), own.discounts) == ("gpt-4o", {"anthropic": 0.1})
    assert [file.name for file in database.parent.iterdir()] == [own_prices_file(database).name]


def test_entries_are_changed_and_taken_out(database: Path) -> None:
    entries = (
        OwnEntries()
        .with_price(PRICE)
        .with_price(PRICE | {"model": "b"})
        .with_alias("x", "gpt-4o")
        .with_discount("openai", 0.2)
    )
    entries = (
        entries.with_price(PRICE | {"input": 9}, 0).without_price(1).with_alias("x", None).with_discount("openai", None)
    )
    assert [price["input"] for price in entries.prices] == [9]
    assert (entries.aliases, entries.discounts) == ({}, {})


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (OwnEntries().with_price({"model": "x", "input": 1}), "'output' is missing"),
        (OwnEntries().with_price({"model": "x", "input": -1, "output": 1}), "at least 0"),
        (OwnEntries().with_price(PRICE).with_price(PRICE), "hold at the same time"),
        (OwnEntries().with_price(PRICE | {"to": date(2026, 6, 1)}), "not before"),
        (OwnEntries().with_alias("a", "b").with_alias("b", "a"), "circle"),
        (OwnEntries().with_discount("openai", 1.5), r"in \[0, 1\)"),
        (OwnEntries().with_discount("openai", float("nan")), r"in \[0, 1\)"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(database: Path, entries: OwnEntries, words: str) -> None:
    file = own_prices_file(database)
    file.write_text("# mine\n")
    with pytest.raises(PriceError, match=words):
        save_own_entries(database, entries)
    assert file.read_text() == "# mine\n"


@given(st.dictionaries(st.text(min_size=1), st.text()), st.dictionaries(st.text(min_size=1), st.floats(0, 0.99)))
def test_any_text_survives_the_file(aliases: dict[str, str], discounts: dict[str, float]) -> None:
    found = tomllib.loads(own_entries_toml(OwnEntries((), aliases, discounts)))
    assert found.get("aliases", {}) == aliases
    assert found.get("discounts", {}) == discounts


def test_a_place_is_counted_from_the_first() -> None:
    entries = OwnEntries(tuple(PRICE | {"model": name} for name in "abcd"))
    assert [price["model"] for price in entries.with_price(PRICE | {"model": "new"}, 1).prices] == [
        "a",
        "new",
        "c",
        "d",
    ]
    assert [price["model"] for price in entries.without_price(1).prices] == ["a", "c", "d"]
