"""The lines of a bill add up to the stored list cost: for every price row, at a tier's limit and one token above it."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.audit.explain import explain_request, price_lines
from analytics.charts.requests import exact, line_text, price_text
from analytics.logs import load_log
from analytics.prices import PriceRow, list_cost_sql, price_usd
from analytics.prices.catalogue import maker_rows
from analytics.store import open_store
from tests.conftest import WriteCsv

counts = st.integers(0, 2_000_000)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(maker_rows()), counts, counts, counts, counts, counts, st.booleans(), st.floats(0, 100))
def test_lines_add_up_to_the_formula(
    row: PriceRow, plain: int, read: int, write: int, text: int, reasoning: int, batch: bool, other: float
) -> None:
    call = {
        "input_tokens": plain + read + write, "output_tokens": text + reasoning, "cache_read_tokens": read,
        "cache_write_tokens": write, "reasoning_tokens": reasoning, "batch": batch, "other_cost_usd": other,
    }  # fmt: skip
    expected = price_usd(row, plain + read + write, text + reasoning, read, write, reasoning, batch=batch) + other
    assert sum(line.usd for line in price_lines(row, call)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


MODELS = ("gpt-4o", "gemini-2.5-pro", "claude-sonnet-4-5", "claude-opus-4-1", "o3", "sonar-pro")


def test_loaded_calls_are_explained_to_the_last_cent(database: Path, write_csv: WriteCsv) -> None:
    """Through load and store: every model at, below and above each limit, cached, batched, with reasoning and extras."""
    rows = []
    for model in MODELS:
        for tokens in (0, 1000, 200_000, 200_001, 272_001):
            for read, write, batch, other in (
                (0, 0, "", ""),
                (tokens // 2, 0, "true", ""),
                (tokens // 3, tokens // 5, "", "0.01"),
            ):
                rows.append(f"r{len(rows)},2026-10-01,{model},{tokens},70,{read},{write},30,{batch},{other}")
    load_log(
        database, write_csv(*rows, more="cache_read_tokens,cache_write_tokens,reasoning_tokens,batch,other_cost_usd")
    )
    store = open_store(database)
    stored = dict(store.rows("SELECT request_id, list_cost_usd FROM requests"))
    assert len(stored) == len(rows)
    for request_id, usd in stored.items():
        found = explain_request(store, request_id)
        assert found is not None
        assert found.attempts[0].agrees, request_id
        assert found.attempts[0].total_usd == pytest.approx(usd, rel=1e-9)


def test_the_sql_formula_is_the_same(database: Path) -> None:
    row = PriceRow("m", "p", None, None, 0, 3.0, 15.0, 0.3, 3.75, None, 0.005, 0.5)
    call = {
        "input_tokens": 900,
        "output_tokens": 50,
        "cache_read_tokens": 500,
        "cache_write_tokens": 100,
        "reasoning_tokens": 20,
    }
    with duckdb.connect() as connection:
        names = ", ".join(f"{value} AS {name}" for name, value in call.items())
        price = ", ".join(
            f"{getattr(row, name) if getattr(row, name) is not None else 'NULL::DOUBLE'} AS {name}"
            for name in ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_write_usd_per_mtok",
                         "reasoning_usd_per_mtok", "request_usd", "batch_factor")
        )  # fmt: skip
        found = connection.execute(
            f"SELECT {list_cost_sql('price')} FROM (SELECT {names}, true AS batch), (SELECT {price}) AS price"
        ).fetchall()[0][0]
    assert sum(line.usd for line in price_lines(row, call | {"batch": True})) == pytest.approx(found, rel=1e-12)


def test_a_line_shows_its_arithmetic() -> None:
    row = PriceRow("gpt-4o", "openai", None, None, 0, 2.5, 10.0, 1.25)
    lines = price_lines(row, {"input_tokens": 801, "output_tokens": 0, "cache_read_tokens": 800})
    assert [line_text(line) for line in lines] == [
        "1 input token x $2.50 per million = $0.0000025",
        "800 cached input tokens x $1.25 per million = $0.00100",
    ]
    assert price_text(row) == "List price at openai (genai-prices catalogue), undated."
    assert [exact(usd) for usd in (None, 0.0, 12.5, 0.001, -0.25)] == [
        "unpriced",
        "$0.00000",
        "$12.50",
        "$0.00100",
        "-$0.25",
    ]


def test_a_gateway_cache_hit_costs_nothing(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,100,true", more="cache_hit"))
    found = explain_request(open_store(database), "a")
    assert found is not None
    assert (found.attempts[0].agrees, found.attempts[0].total_usd) == (True, 0.0)


def test_a_price_that_changed_since_the_load_is_told(database: Path, write_csv: WriteCsv) -> None:
    prices = database.with_name("log.duckdb.prices.toml")
    prices.write_text('[[price]]\nmodel = "house"\ninput = 1\noutput = 2\n')
    load_log(database, write_csv("a,2026-10-01,house,1000000,0"))
    prices.write_text('[[price]]\nmodel = "house"\ninput = 5\noutput = 2\n')
    agreed = explain_request(open_store(database), "a")
    assert agreed is not None
    assert agreed.attempts[0].agrees  # the database still knows the price it was loaded with
    load_log(database, write_csv("b,2026-10-01,house,1,0", name="more.csv"))
    told = explain_request(open_store(database), "a")
    assert told is not None
    assert not told.attempts[0].agrees
    assert (told.attempts[0].row["list_cost_usd"], told.attempts[0].total_usd) == (1.0, 5.0)
