"""Traps of cost correctness that real projects fell into, each with the guard that keeps Routecast out of it."""

from pathlib import Path

import pytest

from analytics.audit import log_totals
from analytics.audit.explain import explain_request
from analytics.audit.health import Finding, log_health
from analytics.audit.prices import log_models
from analytics.logs import load_log
from analytics.logs.reprice import reprice
from analytics.reconcile import load_invoices, reconcile
from analytics.scope import Scope
from analytics.store import open_store
from tests.conftest import WriteCsv


def findings(database: Path, words: str) -> list[Finding]:
    return [one for one in log_health(open_store(database)).findings if words in one.title]


def list_usd(database: Path) -> float | None:
    return log_totals(open_store(database), Scope()).list_cost


def test_trap_2_cached_tokens_that_vanish_are_told(database: Path, write_csv: WriteCsv) -> None:
    """A session that sends a long prompt every minute, and no cached token in the log."""
    calls = [
        f"{model}{n},2026-10-01T10:{n:02d}:00Z,{model},{2000 + n},10,{model}"
        for n in range(30)
        for model in ("gpt-4o", "gpt-4")
    ]
    load_log(database, write_csv(*calls, more="session_id"))
    (found,) = findings(database, "shows no cached tokens")
    assert found.title.startswith("gpt-4o ")  # gpt-4 cannot cache
    # 29 calls could have read the shortest prompt, 2,000 tokens, at $1.25 instead of $2.50 per million.
    assert (found.calls, found.cost) == (29, pytest.approx(29 * 2000 * 1.25e-6))


@pytest.mark.parametrize(
    ("tokens", "minutes", "cached"), [(500, 1, 0), (2000, 30, 0), (2000, 1, 900)], ids=["short", "rare", "cached"]
)
def test_trap_2_says_nothing_where_nothing_is_lost(
    database: Path, write_csv: WriteCsv, tokens: int, minutes: int, cached: int
) -> None:
    calls = [
        f"r{n},2026-10-{1 + n * minutes // 1440:02d}T{n * minutes // 60 % 24:02d}:{n * minutes % 60:02d}:00Z,gpt-4o,{tokens},10,s,{cached}"
        for n in range(30)
    ]
    load_log(database, write_csv(*calls, more="session_id,cache_read_tokens"))
    assert findings(database, "shows no cached tokens") == []


def test_trap_5_a_tier_holds_for_the_whole_request_and_only_above_its_limit(
    database: Path, write_csv: WriteCsv
) -> None:
    """gemini-2.5-pro: $1.25 per million up to 200,000 input tokens, $2.50 above; cached tokens count towards the limit."""
    load_log(
        database,
        write_csv(
            "at,2026-10-01,gemini-2.5-pro,200000,0,0",
            "above,2026-10-01,gemini-2.5-pro,200001,0,0",
            "cached,2026-10-01,gemini-2.5-pro,200001,0,200000",
            more="cache_read_tokens",
        ),
    )
    rows = open_store(database).rows("SELECT request_id, list_cost_usd FROM requests")
    assert len(rows) == 3  # at the limit one tier holds, not two
    costs = dict(rows)
    assert costs["at"] == pytest.approx(200_000 * 1.25e-6)
    assert costs["above"] == pytest.approx(200_001 * 2.50e-6)
    assert costs["cached"] == pytest.approx(1 * 2.50e-6 + 200_000 * 0.25e-6)
    for request_id, usd in costs.items():
        explained = explain_request(open_store(database), request_id)
        assert explained is not None
        assert explained.attempts[0].total_usd == pytest.approx(usd)


def test_trap_11_one_model_has_many_names_and_an_unknown_one_is_listed_first(
    database: Path, write_csv: WriteCsv
) -> None:
    names = ("gpt-4o", "openai/gpt-4o", "azure/gpt-4o-2024-08-06", "openrouter/openai/gpt-4o", "our-deployment")
    load_log(database, write_csv(*(f"r{n},2026-10-01,{name},1000,0" for n, name in enumerate(names))))
    store = open_store(database)
    assert log_models(store).select("model", "calls", "unpriced").rows() == [("gpt-4o", 4, 0), ("our-deployment", 1, 1)]
    assert {row[0] for row in store.rows("SELECT model_logged FROM requests")} == set(names)
    first = log_health(store).findings[0]
    assert (first.title, first.calls, first.cost) == ("our-deployment has no price", 1, None)


def test_trap_12_a_new_price_changes_the_past_only_when_asked(database: Path, write_csv: WriteCsv) -> None:
    prices = database.with_name("log.duckdb.prices.toml")
    prices.write_text('[[price]]\nmodel = "house"\ninput = 1\noutput = 0\n')
    load_log(database, write_csv("a,2026-10-01,house,1000000,0"))
    prices.write_text('[[price]]\nmodel = "house"\ninput = 4\noutput = 0\n')
    assert list_usd(database) == pytest.approx(1.0)
    load_log(database, write_csv("b,2026-10-02,house,1000000,0", name="later.csv"))
    assert list_usd(database) == pytest.approx(1.0 + 4.0)
    changed = reprice(database)
    assert (changed.before_usd, changed.after_usd) == (pytest.approx(5.0), pytest.approx(8.0))
    assert list_usd(database) == pytest.approx(4.0 + 4.0)


@pytest.mark.parametrize(("factor", "unit"), [(100, "cents"), (1e9, "nanodollars")])
def test_trap_15_money_in_another_unit_is_told(database: Path, write_csv: WriteCsv, factor: float, unit: str) -> None:
    right = 1000 * 2.5e-6
    load_log(
        database,
        write_csv(
            *(f"a{n},2026-10-01,gpt-4o,1000,0,{right * factor}" for n in range(5)),
            *(f"b{n},2026-10-01,gpt-4o-mini,1000,0,{1000 * 0.15e-6 * 0.8}" for n in range(5)),
            more="cost_usd",
        ),
    )
    (found,) = findings(database, "another unit")
    assert found.title.startswith("gpt-4o:")
    assert unit in found.sentence
    assert (found.level, found.calls, found.cost) == ("wrong", 5, pytest.approx(5 * right * factor))


def test_trap_15_without_a_price_the_range_of_all_prices_decides(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,house,1000,0,250", "b,2026-10-01,home,1000,0,0.05", more="cost_usd"))
    assert [one.title.split(":")[0] for one in findings(database, "another unit")] == ["house"]


def test_trap_16_what_was_billed_but_not_logged_shows_in_the_capture_rate(
    database: Path, write_csv: WriteCsv, tmp_path: Path
) -> None:
    """The bill has $10; the log saw $5 of it, and a call that ran into a timeout."""
    load_log(
        database,
        write_csv(
            "a,2026-10-01,gpt-4o,2000000,0,5,ok,openai",
            "b,2026-10-31,gpt-4o,0,0,,error,openai",
            more="cost_usd,status,provider",
        ),
    )
    invoice = tmp_path / "october.csv"
    invoice.write_text("provider,month,amount\nopenai,2026-10,10.00\n")
    load_invoices(database, [invoice])
    (check,) = reconcile(open_store(database))
    assert (check.capture_rate, check.capture, check.difference_usd) == (pytest.approx(0.5), "low", pytest.approx(-5.0))
    assert any("1 call that failed" in one for one in check.explanations)
    assert findings(database, "50% of the invoice")[0].cost == pytest.approx(5.0)
    assert findings(database, "neither tokens nor cost")[0].calls == 1


def test_trap_17_other_costs_than_tokens_are_in_the_total_and_on_a_line_of_their_own(
    database: Path, write_csv: WriteCsv, tmp_path: Path
) -> None:
    load_log(
        database,
        write_csv(
            "a,2026-10-01,claude-sonnet-4-5,1000,0,anthropic,0.01,0.013", more="provider,other_cost_usd,cost_usd"
        ),
    )
    assert list_usd(database) == pytest.approx(1000 * 3e-6 + 0.01)
    explained = explain_request(open_store(database), "a")
    assert explained is not None
    assert [(line.kind, line.usd) for line in explained.attempts[0].lines] == [
        ("input", pytest.approx(0.003)),
        ("other", 0.01),
    ]
    report = tmp_path / "report.json"
    report.write_text(
        '{"data": [{"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-10-02T00:00:00Z", "results": ['
        '{"amount": "0.3", "currency": "USD", "cost_type": "tokens"}, {"amount": "1", "currency": "USD", "cost_type": "web_search"}]}]}'
    )
    load_invoices(database, [report])
    (check,) = reconcile(open_store(database))
    assert check.capture_rate == pytest.approx(1.0)
    assert "$0.01 of the invoice is for other things than tokens; $0.01 of it is in the log" in check.explanations
