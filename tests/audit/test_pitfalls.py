"""Traps of cost correctness that real projects fell into, each with the guard that keeps Routecast out of it.

Those of reading logs are in tests/logs/test_pitfalls.py. Every test fails without its guard.
"""

import csv
import io
import re
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from analytics.audit import log_totals, spend_over_time
from analytics.audit.explain import explain_request
from analytics.audit.health import Finding, log_health
from analytics.audit.prices import log_models
from analytics.audit.requests import RequestFilter, requests_to_export
from analytics.exports import csv_bytes
from analytics.logs import load_log
from analytics.logs.reprice import reprice
from analytics.policies import parse_architecture
from analytics.reconcile import load_invoices, reconcile
from analytics.reports.waterfall import find_waterfall
from analytics.scope import Scope
from analytics.simulation import Scenario, simulate
from analytics.simulation.study import open_study
from analytics.store import open_store
from tests.conftest import WriteCsv
from tests.logs import test_pitfalls as in_logs


def findings(database: Path, words: str) -> list[Finding]:
    return [one for one in log_health(open_store(database)).findings if words in one.title]


def list_usd(database: Path) -> float | None:
    return log_totals(open_store(database), Scope()).list_cost


def test_every_trap_has_a_test() -> None:
    named = " ".join([*globals(), *vars(in_logs)])
    assert {int(number) for number in re.findall(r"\btest_trap_(\d+)_", named)} == set(range(1, 19))


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


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", {1: 1.0, 2: 6.0}),
        # Clocks go back on 1 November: half past eleven at night is 03:30 UTC the night before and 04:30 UTC the night after.
        ("America/New_York", {31: 1.0, 1: 2.0, 2: 4.0}),
        ("Asia/Kolkata", {1: 1.0, 2: 6.0}),
    ],
)
def test_trap_10_a_day_begins_at_midnight_in_the_chosen_zone(
    database: Path, write_csv: WriteCsv, zone: str, days: dict[int, float]
) -> None:
    """The same three calls, $1, $2 and $4, with summer time ending between them."""
    rows = ("a,2026-11-01T03:30:00Z,gpt-4o,400000,0", "b,2026-11-02T04:30:00Z,gpt-4o,800000,0")
    load_log(database, write_csv(*rows, "c,2026-11-02T05:30:00Z,gpt-4o,1600000,0"))
    store = open_store(database)
    found = spend_over_time(store, Scope(time_zone=zone), "day", "model", ("gpt-4o",))
    assert {begins.day: cost for begins, cost in found.select("begins", "list_cost").iter_rows()} == pytest.approx(days)
    first = datetime(2026, 11, 1).date()
    assert log_totals(store, Scope(first, first, time_zone=zone)).list_cost == pytest.approx(days[1])


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


def test_trap_13_savings_add_up_from_one_baseline_and_are_net_of_what_routing_costs(
    database: Path, write_csv: WriteCsv
) -> None:
    """60 calls of gpt-4o at $2.50: the baseline is their bill, whatever else could have been dearer."""
    calls = [f"r{n},2026-10-{1 + n % 28:02d},gpt-4o,1000000,0,{('chat', 'code')[n % 2]}" for n in range(60)]
    load_log(database, write_csv(*calls, more="use_case"))
    routed = parse_architecture(
        'name = "Routed"\n[[route]]\nwhen = "use_case = \'chat\'"\nuse = "gpt-4o-mini"\n[default]\nuse = "gpt-4o"\n'
        "[overhead]\ncost_usd = 0.1\n"
    )
    scenario = Scenario(requests_per_month=60, fixed_monthly_usd=10.0)
    found = find_waterfall(open_study(open_store(database), routed, scenario, draws=50), "Routed")
    assert found is not None
    # Half of the calls fall from $2.50 to $0.15, a tokenizer's guess aside; a classifier at $0.10 a call and $10 a month come on top.
    saved = pytest.approx(-30 * 2.35, rel=1e-3)
    assert [(bar.name, bar.usd) for bar in found.bars[:-1]] == [
        ("Today", pytest.approx(60 * 2.5)), ("Answers by gpt-4o-mini", saved), ("Routing", pytest.approx(60 * 0.1)),
        ("Running costs", pytest.approx(10.0)),
    ]  # fmt: skip
    assert sum(bar.usd for bar in found.bars[:-1]) == pytest.approx(found.bars[-1].usd, rel=1e-9)
    _, then = simulate(open_store(database), [routed], scenario).projections
    assert then.monthly_cost_usd.mean == pytest.approx(60 * 2.5 - 30 * 2.35 + 60 * 0.1 + 10, rel=1e-3)
    assert then.vs_current.cost.mean == pytest.approx(-30 * 2.35 + 60 * 0.1 + 10, rel=1e-3)


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


def test_trap_18_no_cell_of_an_export_runs_as_a_formula(database: Path, tmp_path: Path) -> None:
    """Names that a spreadsheet would run, from a log into an export of it; numbers stay numbers, Parquet stays as it is."""
    names = ["=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "harmless"]
    log = tmp_path / "log.parquet"
    pl.DataFrame(
        {
            "request_id": [f"r{n}" for n in range(len(names))], "timestamp": ["2026-10-01"] * len(names), "model": ["gpt-4o"] * len(names),
            "input_tokens": [1] * len(names), "output_tokens": [0] * len(names), "user_id": names, "latency_ms": [1.5] * len(names),
        }
    ).write_parquet(log)  # fmt: skip
    load_log(database, log)
    frame = requests_to_export(open_store(database), RequestFilter(), "time", True)
    stored = frame["user_id"].to_list()
    assert sorted(stored) == sorted(names)
    rows = list(csv.DictReader(io.StringIO(csv_bytes(frame).decode("utf-8"), newline="")))
    assert [row["user_id"] for row in rows] == [name if name == "harmless" else f"'{name}" for name in stored]
    assert {row["latency_ms"] for row in rows} == {"1.5"}
