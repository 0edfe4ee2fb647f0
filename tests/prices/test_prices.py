"""Prices: equal to genai-prices for every record, right at the edges of tiers, with the user's own on top."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from genai_prices import Usage, calc_price
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import settings as places
from analytics.errors import PriceError
from analytics.logs import load_log
from analytics.prices import (
    PriceRow,
    cache_saving_sql,
    list_cost_sql,
    price_usd,
    prices_of,
    read_own_prices,
    resolve_prices,
)
from analytics.prices.catalogue import maker_rows
from analytics.store import open_store

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
MODELS = [
    ("anthropic", "claude-opus-4-1"), ("anthropic", "claude-sonnet-4-5"), ("anthropic", "claude-haiku-4-5"),
    ("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("openai", "gpt-4.1"), ("openai", "gpt-5-mini"),
    ("google", "gemini-2.5-flash"), ("google", "gemini-2.5-pro"), ("mistral", "mistral-large-latest"), ("deepseek", "deepseek-v3.2"),
]  # fmt: skip


def rows_of(model: str, provider: str | None = None) -> tuple[PriceRow, ...]:
    return resolve_prices([(model, provider)])[0].rows


def row_at(rows: tuple[PriceRow, ...], tokens: int, when: datetime = NOON) -> PriceRow:
    valid = [
        row
        for row in rows
        if (row.valid_from is None or row.valid_from <= when) and (row.valid_to is None or when < row.valid_to)
    ]
    return max(
        (row for row in valid if row.above_tokens == 0 or tokens > row.above_tokens), key=lambda row: row.above_tokens
    )


def test_known_prices() -> None:
    expected = {
        "claude-opus-4-1": (15, 75),
        "claude-sonnet-4-5": (3, 15),
        "claude-haiku-4-5": (1, 5),
        "gemini-2.5-flash": (0.3, 2.5),
    }
    for model, rates in expected.items():
        row = rows_of(model)[0]
        assert (row.input_usd_per_mtok, row.output_usd_per_mtok) == rates


def test_a_long_context_switches_the_whole_request_strictly_above_the_limit() -> None:
    rows = rows_of("claude-sonnet-4-5")
    at_limit, above = row_at(rows, 200_000), row_at(rows, 200_001)
    assert price_usd(at_limit, 200_000, 0) == pytest.approx(200_000 * 3e-6)
    assert price_usd(above, 200_001, 0) == pytest.approx(200_001 * 6e-6)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(MODELS), st.integers(0, 400_000), st.integers(0, 20_000), st.floats(0, 1), st.floats(0, 1),
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1)),
)  # fmt: skip
def test_equal_to_genai_prices(
    named: tuple[str, str], tokens_in: int, tokens_out: int, cached: float, written: float, at: datetime
) -> None:
    provider, model = named
    read = int(tokens_in * cached)
    write = int((tokens_in - read) * written) if provider == "anthropic" else 0
    when = at.replace(tzinfo=UTC)
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out, cache_read_tokens=read, cache_write_tokens=write)
    expected = float(calc_price(usage, model, provider_id=provider, genai_request_timestamp=when).total_price)
    row = row_at(rows_of(model, provider), tokens_in, when)
    assert math.isclose(price_usd(row, tokens_in, tokens_out, read, write), expected, rel_tol=1e-9, abs_tol=1e-15)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 10_000), min_size=5, max_size=5),
    st.booleans(),
    st.floats(0, 100),
    st.none() | st.floats(0, 100),
)
def test_the_sql_is_the_same_formula(tokens: list[int], batch: bool, rate: float, other: float | None) -> None:
    read, write, plain, reasoning, answer = tokens
    row = PriceRow("m", "p", None, None, 0, rate, 2 * rate, other, other, other, other, 0.5)
    query = (
        f"SELECT {list_cost_sql('price')} FROM (SELECT ?::BIGINT AS input_tokens, ?::BIGINT AS output_tokens, ?::BIGINT AS cache_read_tokens, "
        "?::BIGINT AS cache_write_tokens, ?::BIGINT AS reasoning_tokens, ?::BOOLEAN AS batch), (SELECT ?::DOUBLE AS input_usd_per_mtok, "
        "?::DOUBLE AS output_usd_per_mtok, ?::DOUBLE AS cache_read_usd_per_mtok, ?::DOUBLE AS cache_write_usd_per_mtok, "
        "?::DOUBLE AS reasoning_usd_per_mtok, ?::DOUBLE AS request_usd, ?::DOUBLE AS batch_factor) AS price"
    )
    counts = [plain + read + write, answer + reasoning, read, write, reasoning]
    with duckdb.connect() as connection:
        found = connection.execute(query, [*counts, batch, rate, 2 * rate, other, other, other, other, 0.5]).fetchall()[
            0
        ][0]
    assert found == pytest.approx(price_usd(row, *counts, batch=batch), rel=1e-9, abs=1e-12)


def test_an_unknown_model_has_no_price() -> None:
    assert resolve_prices([("our-own-model", None)])[0].rows == ()


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("azure/gpt-4o-2024-08-06", None, ("gpt-4o", "azure")),
        ("gpt-4o", "openai", ("gpt-4o", "openai")),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock", ("claude-sonnet-4-5", "aws")),
        ("vertex_ai/gemini-2.5-flash", "vertex_ai", ("gemini-2.5-flash", "google")),
        ("claude-haiku-4-5", None, ("claude-haiku-4-5", "anthropic")),
    ],
)
def test_providers_and_their_models_are_found(model: str, provider: str | None, expected: tuple[str, str]) -> None:
    found = resolve_prices([(model, provider)])[0]
    assert (found.model, found.provider) == expected
    assert found.rows


REAL_LOG = places.home.parent / "shared" / "data" / "litellm_log.jsonl"


@pytest.mark.skipif(not REAL_LOG.exists(), reason="the real gateway log is not beside this checkout")
def test_list_cost_of_a_real_log_equals_genai_prices_record_by_record(database: Path) -> None:
    load_log(database, REAL_LOG)
    names = "request_id, list_cost_usd, cost_usd, cache_read_tokens, cache_write_tokens"
    found = {row[0]: row[1:] for row in open_store(database).rows(f"SELECT {names} FROM requests")}
    for line in REAL_LOG.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        at_list, billed, read, write = found[one["id"]]
        usage = Usage(
            input_tokens=one["prompt_tokens"],
            output_tokens=one["completion_tokens"],
            cache_read_tokens=read,
            cache_write_tokens=write,
        )
        when = datetime.fromtimestamp(one["startTime"], UTC)
        model = one["model"].split("/")[1]
        expected = float(
            calc_price(usage, model, provider_id=one["custom_llm_provider"], genai_request_timestamp=when).total_price
        )
        assert math.isclose(at_list, expected, rel_tol=1e-6, abs_tol=1e-15)
        # The only difference to the bill: the gateway had no price for this model and logged $0.
        assert math.isclose(at_list, billed, rel_tol=1e-6, abs_tol=1e-12) or (
            billed == 0 and model == "claude-opus-4-1"
        )


def own(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "log.duckdb.prices.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_own_prices_aliases_and_discounts_win(tmp_path: Path) -> None:
    prices = read_own_prices(
        own(
            tmp_path,
            '[[price]]\nmodel = "our-llama"\ninput = 0.2\noutput = 0.6\n[aliases]\n"Prod-Deployment" = "gpt-4o"\nchained = "prod-deployment"\n'
            "[discounts]\nanthropic = 0.1\n",
        )
    )
    llama, chained, opus, mini = resolve_prices(
        [("our-llama", None), ("chained", "azure"), ("claude-opus-4-1", None), ("gpt-4o-mini", None)], prices
    )
    assert (llama.rows[0].input_usd_per_mtok, llama.rows[0].source) == (0.2, "own")
    assert chained.model == "gpt-4o"
    assert opus.rows[0].output_usd_per_mtok == pytest.approx(75 * 0.9)
    assert mini.rows == rows_of("gpt-4o-mini")


def test_own_prices_are_used_when_loading(database: Path, tmp_path: Path) -> None:
    own(tmp_path, '[[price]]\nmodel = "our-llama"\ninput = 0.2\noutput = 0.6\nfrom = 2026-10-01\n')
    file = tmp_path / "log.csv"
    file.write_text(
        "request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-02,our-llama,1000,500\nb,2026-09-30,our-llama,1,1\n"
    )
    result = load_log(database, file)
    assert result.unpriced == {"our-llama": 1}
    assert open_store(database).rows("SELECT list_cost_usd FROM requests WHERE request_id = 'a'")[0][
        0
    ] == pytest.approx(0.0005)


def test_prices_may_follow_each_other_and_have_tiers(tmp_path: Path) -> None:
    periods = [("", "to = 2026-01-01"), ("from = 2026-01-01", "to = 2026-02-01"), ("from = 2026-02-01", "")]
    text = "\n".join(
        f'[[price]]\nmodel = "m"\ninput = {1 + number}\noutput = 1\nabove_tokens = {tier}\n{start}\n{end}'
        for number, (start, end) in enumerate(periods)
        for tier in (0, 1000)
    )
    rows = read_own_prices(own(tmp_path, text)).rows["m"]
    assert [row_at(rows, 10, datetime(2026, month, 1, tzinfo=UTC)).input_usd_per_mtok for month in (1, 2)] == [2, 3]
    assert {row.above_tokens for row in rows} == {0, 1000}


def test_what_the_cache_saved_by_hand() -> None:
    """1,000 tokens read at $1 instead of $10 a million, 100 written at $12.50; half of it in a batch at half price."""
    rows = [(1000, 100, False), (1000, 100, True), (None, None, False)]
    prices = "SELECT 10.0 AS input_usd_per_mtok, 1.0 AS cache_read_usd_per_mtok, 12.5 AS cache_write_usd_per_mtok, 0.5 AS batch_factor"
    unknown = prices.replace("1.0 AS", "NULL AS").replace("12.5 AS", "NULL AS")
    with duckdb.connect() as connection:
        found = [
            connection.execute(
                f"SELECT {cache_saving_sql('p')} FROM (SELECT ?::BIGINT AS cache_read_tokens, ?::BIGINT AS cache_write_tokens, ?::BOOLEAN AS batch) AS r, ({price}) AS p",
                row,
            ).fetchone()[0]  # type: ignore[index]
            for price in (prices, unknown)
            for row in rows
        ]
    saved = (1000 * 9 - 100 * 2.5) / 1e6
    assert found == pytest.approx([saved, saved / 2, 0, 0, 0, 0])


def test_stored_prices_come_back_and_other_models_take_the_catalogues(database: Path, tmp_path: Path) -> None:
    own(tmp_path, '[[price]]\nmodel = "our-llama"\ninput = 0.2\noutput = 0.6\nfrom = 2026-10-01\nto = 2026-11-01\n')
    file = tmp_path / "log.csv"
    file.write_text("request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-02,our-llama,1000,500\n")
    load_log(database, file)
    found = prices_of(open_store(database), ["our-llama", "claude-opus-4-1", "nobody-sells-this"])
    (llama,) = found["our-llama"]
    assert (llama.valid_from, llama.valid_to) == (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    assert (llama.above_tokens, llama.output_usd_per_mtok, llama.source) == (0, 0.6, "own")
    assert found["claude-opus-4-1"] == list(rows_of("claude-opus-4-1"))
    assert found["nobody-sells-this"] == []


def test_periods_of_the_catalogue_follow_each_other() -> None:
    by_model: dict[str, list[PriceRow]] = {}
    for row in maker_rows():
        if row.above_tokens == 0:
            by_model.setdefault(row.model, []).append(row)
    changed = [rows for rows in by_model.values() if len(rows) > 1]
    assert changed
    for rows in by_model.values():
        starts = [row.valid_from for row in rows]
        assert starts[0] is None
        assert [row.valid_to for row in rows] == [*starts[1:], None]


def test_a_makers_price_is_that_of_the_model_and_of_no_release_or_reseller() -> None:
    """gpt-4o is $2.50 and $10; its release of May 2024 was $5 and $15, its realtime and fine-tuned kin cost more."""
    by_model: dict[str, list[PriceRow]] = {}
    for row in maker_rows():
        by_model.setdefault(row.model, []).append(row)
    assert [(row.input_usd_per_mtok, row.output_usd_per_mtok) for row in by_model["gpt-4o"]] == [(2.5, 10.0)]
    for model, rows in by_model.items():
        assert tuple(rows) == (rows_of(model) or tuple(rows))


def test_a_model_without_answers_costs_nothing_for_them() -> None:
    assert [(row.output_usd_per_mtok, row.input_usd_per_mtok > 0) for row in rows_of("text-embedding-3-small", "openai")] == [(0.0, True)]  # fmt: skip


BAD = {
    "cycle": ('[aliases]\na = "b"\nb = "c"\nc = "a"', "a -> b -> c -> a"),
    "negative": ('[[price]]\nmodel = "m"\ninput = -1\noutput = 1', "price 1, input: -1 is not"),
    "missing": ('[[price]]\nmodel = "m"\ninput = 1', "'output' is missing"),
    "misspelt": ('[[price]]\nmodel = "m"\ninpt = 1\noutput = 1', "did you mean 'input'"),
    "reversed": ('[[price]]\nmodel = "m"\ninput = 1\noutput = 1\nfrom = 2026-02-01\nto = 2026-01-01', "not before"),
    "no time": ('[[price]]\nmodel = "m"\ninput = 1\noutput = 1\nfrom = 2026-01-01\nto = 2026-01-01', "not before"),
    "overlap": ('[[price]]\nmodel = "m"\ninput = 1\noutput = 1\n[[price]]\nmodel = "m"\ninput = 2\noutput = 2', "at the same time"),
    "discount": ("[discounts]\nopenai = 1.0", r"not a number in \[0, 1\)"),
    "not TOML": ("[[price", "not valid TOML"),
    "not a table": ('price = "x"', "price: 'x' is not a list"),
    "a number for a price": ("price = [1]", "price 1: '1' is not a"),
    "a number for a table": ("aliases = 3", r"\[aliases\]: '3' is not a table"),
    "an alias of a number": ("[aliases]\na = 3", "alias a: '3' is not the name"),
    "a list for a table": ("discounts = [0.1]", r"\[discounts\]: '\[0.1\]' is not a table"),
    "a tier in words": ('[[price]]\nmodel = "m"\ninput = 1\noutput = 1\nabove_tokens = "200k"', "'200k' is not a whole number"),
    "a tier below 0": ('[[price]]\nmodel = "m"\ninput = 1\noutput = 1\nabove_tokens = -1', "above_tokens: -1 is not"),
    "a nameless model": ('[[price]]\nmodel = " "\ninput = 1\noutput = 1', "must not be empty"),
    "an unknown table": ("[prices]\na = 1", "the file: unknown key 'prices'; did you mean 'price'"),
    "one within another": (
        '[[price]]\nmodel = "m"\ninput = 1\noutput = 1\n[[price]]\nmodel = "m"\ninput = 2\noutput = 2\nfrom = 2026-01-01',
        "at the same time",
    ),
    "a day in two": (
        '[[price]]\nmodel = "m"\ninput = 1\noutput = 1\nto = 2026-01-02\n[[price]]\nmodel = "m"\ninput = 2\noutput = 2\nfrom = 2026-01-01',
        "at the same time",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_price_file_gets_one_clear_sentence(case: str, tmp_path: Path) -> None:
    text, reason = BAD[case]
    with pytest.raises(PriceError, match=reason) as error:
        read_own_prices(own(tmp_path, text))
    assert "log.duckdb.prices.toml" in str(error.value)
    assert "\n" not in str(error.value)
