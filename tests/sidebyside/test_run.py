"""Runs against a provider on loopback: every call accounted for, nothing answered is paid twice, no cap is broken."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from analytics import settings
from analytics.errors import EndpointError, LoadError, RunError, UsageError
from analytics.prices import price_usd, resolve_prices
from analytics.sidebyside import (
    Order,
    PriceList,
    Prompt,
    begin_run,
    go_on,
    load_run,
    outcome_rows,
    price_run,
    read_prompts,
    read_run,
    run_facts,
    typed_prompts,
)
from analytics.sidebyside.ledger import open_ledger, run_file
from analytics.sidebyside.outcomes import answer_key
from analytics.sidebyside.work import answers_of
from analytics.store import open_store
from tests.sidebyside.upstream import Upstream, serve, tokens_of

KEY = "sk-planted-0123456789abcdef"
MODELS = ("gpt-4o-mini", "claude-haiku-4-5", "gemini-2.5-flash")


def configure(database: Path, upstream: Upstream, **more: object) -> None:
    """An endpoint of each kind on the upstream."""
    lines = []
    for kind, path, model in zip(("openai", "anthropic", "gemini"), ("/v1", "", "/v1beta"), MODELS, strict=True):
        lines += ["[[endpoint]]", f'name = "{kind}"', f'kind = "{kind}"', f'url = "{upstream.url}{path}"']
        lines += [f"models = [{json.dumps(model)}]", 'key_env = "SIDE_KEY"', "allow_private = true"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    Path(f"{database}.endpoints.toml").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of retries are short."""
    monkeypatch.setenv("SIDE_KEY", KEY)
    monkeypatch.setattr("analytics.sidebyside.run.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("analytics.sidebyside.run.JITTER_S", 0.01)


def prompts(number: int) -> tuple[Prompt, ...]:
    return tuple(Prompt(f"p{n}", f"question {n}", "chat", expected=f"{n}") for n in range(number))


def ledger_cost(calls: list[dict[str, object]]) -> float:
    """What the upstream would bill at list price, by the formula of prices alone."""
    total = 0.0
    for one in calls:
        row = next(
            row
            for row in resolve_prices([(str(one["model"]), None)])[0].rows
            if row.valid_to is None and row.above_tokens == 0
        )
        # Anthropic says nothing of reasoning; no price of these models asks for it.
        total += price_usd(row, one["input"], one["output"], one["cached"], 0, 0)
    return total


def test_tokens_and_cost_are_the_upstreams_own(database: Path) -> None:
    with serve() as upstream:
        configure(database, upstream)
        run_id = begin_run(database, Order(prompts(20), MODELS))
        run = go_on(database, run_id)
        facts = run_facts(run)
    assert (facts.calls, facts.answered, facts.open, facts.given_up, facts.maybe_billed) == (60, 60, 0, 0, 0)
    assert len(upstream.of("complete")) == 60
    assert facts.cost_usd == pytest.approx(ledger_cost(upstream.calls), rel=1e-12)
    for (prompt_id, model), end in answers_of(run).items():
        wanted = tokens_of(f"question {prompt_id[1:]}")
        assert (end["input_tokens"], end["output_tokens"], end["cache_read_tokens"]) == (
            wanted["input"],
            wanted["output"],
            wanted["cached"],
        )
        assert end["reasoning_tokens"] == (0 if model.startswith("claude") else wanted["reasoning"])
        assert end["text"] == f"Answer to question {prompt_id[1:]} by {model}"
        assert 0 < end["ttft_ms"] <= end["latency_ms"]


def test_faults_are_tried_again_and_accounted_for(database: Path) -> None:
    def fault(model: str, prompt: str, nth: int) -> str:
        number = int(prompt.split()[1])
        return {0: "429", 1: "503", 2: "cut", 3: "slow", 4: "500"}.get(number % 6, "ok") if nth == 1 else "ok"

    with serve(fault) as upstream:
        configure(database, upstream)
        run = go_on(database, begin_run(database, Order(prompts(12), MODELS)))
    facts = run_facts(run)
    assert (facts.answered, facts.open) == (36, 0)
    assert (facts.refused, len(upstream.of("refused"))) == (12, 18)
    # A 500 may hide an answer that broke off behind a gateway.
    assert (facts.maybe_billed, len(upstream.of("cut"))) == (12, 6)
    assert facts.attempts == len(upstream.calls) == 60
    assert facts.cost_usd == pytest.approx(ledger_cost(upstream.of("complete")))
    # What may have been billed is at least what was: it counts at its most.
    assert facts.spent_usd >= ledger_cost(upstream.of("complete") + upstream.of("cut"))


def test_a_call_that_may_have_been_billed_twice_is_given_up(database: Path) -> None:
    with serve(lambda model, prompt, nth: "cut") as upstream:
        configure(database, upstream)
        run_id = begin_run(database, Order(prompts(1), MODELS[:1]))
        for _ in range(3):
            run = go_on(database, run_id)
    facts = run_facts(run)
    assert (facts.answered, facts.given_up, facts.open, facts.maybe_billed) == (0, 1, 0, 2)
    assert len(upstream.calls) == 2
    assert facts.errors == (("the connection broke (RemoteProtocolError)", 1),)


@pytest.mark.parametrize(("fault", "says"), [("401", "HTTP 401"), ("302", "redirects are not followed")])
def test_what_would_fail_again_is_not_tried_again(database: Path, fault: str, says: str) -> None:
    with serve(lambda model, prompt, nth: fault) as upstream:
        configure(database, upstream)
        run = go_on(database, begin_run(database, Order(prompts(2), MODELS[:1])))
    assert len(upstream.calls) == 2
    assert run_facts(run).rejected == 2
    assert says in run_facts(run).errors[0][0]


def test_answers_are_bounded_in_time_and_size(database: Path) -> None:
    with serve(lambda model, prompt, nth: "huge" if prompt.endswith("0") else "hang") as upstream:
        configure(database, upstream, timeout_s=1)
        started = time.monotonic()
        run = go_on(database, begin_run(database, Order(prompts(2), MODELS[:1])))
        assert time.monotonic() - started < 6
    assert run_facts(run).maybe_billed == 4
    assert {error for error, _ in run_facts(run).errors} == {"an answer beyond the bound", "no end within 1 s"}


def test_the_cap_holds_whatever_the_answers_are(database: Path) -> None:
    # The upstream counts up to 1,200 tokens: no tokenizer makes more of a prompt than it has bytes.
    asked = tuple(replace(one, text=f"{one.text} {'x' * 1300}") for one in prompts(40))
    order = Order(asked, MODELS[:2], max_output_tokens=100)
    with serve() as upstream:
        configure(database, upstream)
        most = price_run(order, PriceList(database), {}).most_usd
        assert most is not None
        cap = most / 5
        run_id = begin_run(database, replace(order, max_usd=cap))
        run = go_on(database, run_id)
        facts = run_facts(run)
        assert 0 < facts.answered < 80
        assert ledger_cost(upstream.calls) <= cap
        assert facts.spent_usd == pytest.approx(ledger_cost(upstream.calls))
        # A call that is left would not have fitted.
        assert facts.spent_usd + (PriceList(database).most_usd(MODELS[1], asked[0].text, 100) or 0) > cap
        assert run_facts(go_on(database, run_id, max_usd=10 * most)).answered == 80


def test_a_cap_on_an_unpriced_model_is_refused(database: Path) -> None:
    with serve() as upstream:
        configure(database, upstream)
        file = Path(f"{database}.endpoints.toml")
        file.write_text(file.read_text().replace("gpt-4o-mini", "house-llama-x"))
        with pytest.raises(UsageError, match="house-llama-x has no price"):
            begin_run(database, Order(prompts(1), ("house-llama-x",), max_usd=1.0))
        facts = run_facts(go_on(database, begin_run(database, Order(prompts(1), ("house-llama-x",)))))
    assert (facts.answered, facts.cost_usd) == (1, None)


def test_no_more_calls_at_once_than_an_endpoint_allows(database: Path) -> None:
    with serve(lambda model, prompt, nth: "slow") as upstream:
        configure(database, upstream, max_concurrent=3)
        go_on(database, begin_run(database, Order(prompts(15), MODELS[:1])))
    assert upstream.most_running == 3


def test_stopping_leaves_a_run_that_resumes(database: Path) -> None:
    done: list[int] = []
    with serve() as upstream:
        configure(database, upstream, max_concurrent=1)
        run_id = begin_run(database, Order(prompts(10), MODELS[:1]))
        go_on(database, run_id, lambda what, standing: done.append(standing.done), lambda: len(done) > 4)
        first = len(upstream.calls)
        assert 0 < first < 10
        assert run_facts(go_on(database, run_id)).answered == len(upstream.calls) == 10


def test_killed_in_the_middle_and_resumed_nothing_is_paid_twice(database: Path) -> None:
    """kill -9: every call that was answered before stays; one that was open is unknown, and tried once more."""
    with serve(lambda model, prompt, nth: "slow") as upstream:
        configure(database, upstream, max_concurrent=4)
        run_id = begin_run(database, Order(prompts(60), MODELS[:2]))
        code = f"from pathlib import Path\nfrom analytics.sidebyside import go_on\ngo_on(Path({str(database)!r}), {run_id!r})"
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=settings.home, env=os.environ | {"PYTHONPATH": str(settings.home)}
        )
        while len(upstream.calls) < 30 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.3)
        # A crash may tear the last line.
        with run_file(database, run_id).open("ab") as handle:
            handle.write(b'{"kind": "end", "call": "torn')
        before = read_run(database, run_id)
        answered = {(end["model"], end["prompt_id"]) for end in before.answered().values()}
        seen = len(upstream.calls)
        assert 0 < len(answered) < 120
        facts = run_facts(go_on(database, run_id))
    assert (facts.answered, facts.open, facts.calls) == (120, 0, 120)
    again = {(str(one["model"]), f"p{str(one['prompt']).split()[1]}") for one in upstream.calls[seen:]}
    assert not again & answered
    # Each attempt is in the ledger before it is in the upstream's.
    assert facts.attempts == facts.answered + facts.maybe_billed
    assert len(upstream.calls) - 120 <= facts.maybe_billed <= 8
    assert facts.maybe_billed == sum(one.unknown for one in before.calls.values())


def test_two_processes_do_not_carry_out_one_run(database: Path) -> None:
    with serve() as upstream:
        configure(database, upstream)
        run_id = begin_run(database, Order(prompts(1), MODELS[:1]))
        with open_ledger(database, run_id), pytest.raises(RunError, match="going on elsewhere"):
            go_on(database, run_id)
        assert not upstream.calls


def test_scored_answers_become_evidence(database: Path) -> None:
    asked = tuple(Prompt(f"p{n}", f"how much is {n}?", "math", 0.25, str(n), 0.5 if n % 2 else 1.0) for n in range(10))
    with serve() as upstream:
        upstream.answer = lambda model, prompt: f"It is {int(prompt.split()[3][:-1]) + (model == MODELS[0])}."
        configure(database, upstream)
        run = go_on(database, begin_run(database, Order(asked, MODELS[:2], check="numeric", metric="quality")))
    assert load_run(database, run).loaded == 20
    assert load_run(database, run).duplicates == 20
    rows = open_store(database).rows(
        "SELECT model, avg(quality), count(*), min(inclusion_probability), min(complexity), sum(cost_usd), any_value(use_case) "
        "FROM outcomes WHERE quality_metric = 'quality' GROUP BY 1 ORDER BY 1"
    )
    assert [row[:5] for row in rows] == [(MODELS[1], 1.0, 10, 0.5, 0.25), (MODELS[0], 0.0, 10, 0.5, 0.25)]
    assert sum(row[5] for row in rows) == pytest.approx(ledger_cost(upstream.calls))
    facts = run_facts(run, outcome_rows(run, PriceList(database)))
    assert [one.quality for one in facts.models] == [0.0, 1.0]


def test_a_run_without_scores_is_no_evidence(database: Path) -> None:
    with serve() as upstream:
        configure(database, upstream)
        run = go_on(database, begin_run(database, Order(prompts(2), MODELS[:1])))
    with pytest.raises(RunError, match="score"):
        load_run(database, run)


def test_the_price_is_known_before(database: Path) -> None:
    order = Order((Prompt("a", "x" * 400, "chat"),), ("gpt-4o-mini",), max_output_tokens=1000)
    price = price_run(order, PriceList(database), {"chat": 200.0})
    # 400 characters are 100 tokens, and 32 for the template, at $0.15; 200 tokens out at $0.60 per million.
    assert price.expected_usd == pytest.approx((132 * 0.15 + 200 * 0.6) / 1e6)
    assert price.most_usd == pytest.approx((432 * 0.15 + 1000 * 0.6) / 1e6)
    assert price_run(Order(order.prompts, ("nobody-knows",)), PriceList(database), {}).expected_usd is None


def test_prompts_from_files(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("prompt_id,use_case,complexity,prompt,inclusion_probability,models\nr1,chat,0.5,hello,0.25,a;b\n")
    assert read_prompts(file) == (Prompt("r1", "hello", "chat", 0.5, None, 0.25, ("a", "b")),)
    assert [one.text for one in typed_prompts(["a", " a ", "", "b"])] == ["a", "b"]
    file.write_text("prompt_id,models\nr1,a\n")
    with pytest.raises(LoadError, match="--keep-prompts"):
        read_prompts(file)
    file.write_text("prompt,complexity\nhello,2\n")
    with pytest.raises(LoadError, match="row 1: complexity '2'"):
        read_prompts(file)


def test_a_missing_key_stops_before_any_call(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as upstream:
        configure(database, upstream)
        monkeypatch.delenv("SIDE_KEY")
        with pytest.raises(EndpointError, match="SIDE_KEY"):
            begin_run(database, Order(prompts(1), MODELS[:1]))
        assert not upstream.calls


def test_a_plan_says_which_prompt_goes_where() -> None:
    first, second = Prompt("a", "x", models=("m", "n")), Prompt("b", "y", models=("n",))
    order = Order((first, second, Prompt("c", "z")), ("m", "n", "new"))
    assert [order.models_of(one) for one in order.prompts] == [("m", "n", "new"), ("n", "new"), ("m", "n", "new")]


def test_a_call_has_one_name() -> None:
    assert answer_key("a", "b/c") != answer_key("a/b", "c")
