"""2,000 side-by-side calls through a real LiteLLM proxy, killed in the middle: are all accounted for, is none paid twice?

The upstream behind the proxy speaks OpenAI's and Anthropic's protocols, counts cached and reasoning tokens, and answers some
calls with 429, 5xx, slowly, or half. Needs `litellm[proxy]`: `LITELLM=/path/to/litellm make bench`, or litellm on the path.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

from analytics import settings
from analytics.prices import price_usd, resolve_prices
from analytics.sidebyside import Order, Prompt, begin_run, go_on, read_run, run_facts
from analytics.sidebyside.outcomes import answers_of
from tests.sidebyside.upstream import Upstream, serve

PROMPTS, MODELS = 1000, ("gpt-4o-mini", "claude-haiku-4-5")
UPSTREAM_PORT, PROXY_PORT, KEY = 8671, 8672, "sk-bench-0123456789"
FAULTS = {0: "429", 1: "500", 2: "cut", 3: "slow", 4: "hang", 5: "503"}


def main(folder: Path) -> None:
    """Print what was paid, by our ledger and by the upstream's."""
    program = os.environ.get("LITELLM") or shutil.which("litellm")
    if program is None:
        print("skipped: litellm is not installed (pip install 'litellm[proxy]', then LITELLM=/path/to/litellm)")
        return
    database = folder / "bench.duckdb"
    with serve(_fault, UPSTREAM_PORT) as upstream:
        proxy = _start_proxy(program, folder)
        try:
            _measure(database, upstream)
        finally:
            proxy.send_signal(signal.SIGINT)
            try:
                proxy.wait(20)
            except subprocess.TimeoutExpired:
                proxy.kill()


def _fault(model: str, prompt: str, nth: int) -> str:
    number = int(prompt.split()[1])
    return FAULTS.get(number % 50, "ok") if nth == 1 else "ok"


def _start_proxy(program: str, folder: Path) -> "subprocess.Popen[bytes]":
    config = folder / "litellm.yaml"
    base = f"http://127.0.0.1:{UPSTREAM_PORT}"
    config.write_text(
        f"""model_list:
  - model_name: {MODELS[0]}
    litellm_params: {{model: openai/{MODELS[0]}, api_base: {base}/v1, api_key: sk-upstream}}
  - model_name: {MODELS[1]}
    litellm_params: {{model: anthropic/{MODELS[1]}, api_base: {base}, api_key: sk-upstream}}
litellm_settings: {{num_retries: 0, request_timeout: 30, telemetry: false}}
router_settings: {{num_retries: 0, disable_cooldowns: true}}
general_settings: {{master_key: {KEY}}}
""",
        encoding="utf-8",
    )
    log = (folder / "litellm.log").open("wb")
    proxy = subprocess.Popen(
        [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(PROXY_PORT)],
        stdout=log, stderr=log, env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONPATH": ""}, cwd=folder,
    )  # fmt: skip
    for _ in range(240):
        time.sleep(0.5)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PROXY_PORT}/health/liveliness", timeout=2):
                return proxy
        except OSError:
            if proxy.poll() is not None:
                break
    raise SystemExit(f"litellm did not start:\n{(folder / 'litellm.log').read_text()[-2000:]}")


def _measure(database: Path, upstream: Upstream) -> None:
    os.environ["BENCH_KEY"] = KEY
    Path(f"{database}.endpoints.toml").write_text(
        f'[[endpoint]]\nname = "litellm"\nkind = "openai"\nurl = "http://127.0.0.1:{PROXY_PORT}/v1"\n'
        f'models = {json.dumps(MODELS)}\nkey_env = "BENCH_KEY"\nallow_private = true\nmax_concurrent = 16\ntimeout_s = 20\n',
        encoding="utf-8",
    )
    prompts = tuple(Prompt(f"p{number}", f"question {number}", "chat") for number in range(PROMPTS))
    run_id = begin_run(database, Order(prompts, MODELS))
    started = time.perf_counter()
    code = (
        f"from pathlib import Path\nfrom analytics.sidebyside import go_on\ngo_on(Path({str(database)!r}), {run_id!r})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=settings.home, env=os.environ | {"PYTHONPATH": str(settings.home)}
    )
    while len(upstream.calls) < PROMPTS and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(5)
    before, seen = read_run(database, run_id), len(upstream.calls)
    answered = {(end["model"], end["prompt_id"]) for end in before.answered().values()}
    run = go_on(database, run_id)
    seconds = time.perf_counter() - started
    facts, ends = run_facts(run), answers_of(run)
    again = {(str(one["model"]), f"p{str(one['prompt']).split()[1]}") for one in upstream.calls[seen:]}
    theirs = {(str(one["model"]), f"p{str(one['prompt']).split()[1]}"): one for one in upstream.of("complete")}
    wrong = [
        pair for pair, end in ends.items()
        if _counts(end) != _wanted(theirs.get((pair[1], pair[0]), {}))
    ]  # fmt: skip
    print(
        f"{facts.calls:,} calls, {facts.answered:,} answered, {facts.open} open, {facts.given_up} given up, {seconds:.0f} s"
    )
    print(
        f"killed after {seen:,} upstream calls with {len(answered):,} answered; of these asked again: {len(again & answered)}"
    )
    print(f"attempts {facts.attempts:,}: refused {facts.refused}, may have been billed {facts.maybe_billed}")
    print(f"upstream: {dict(Counter(str(one['status']) for one in upstream.calls))}")
    print(f"answers whose tokens differ from the upstream's: {len(wrong)} {wrong[:3]}")
    for pair in wrong[:3]:
        print("   ours", _counts(ends[pair]), "theirs", _wanted(theirs.get((pair[1], pair[0]), {})))
    print(
        f"cost: ours ${facts.cost_usd:.6f}, upstream's for the same answers ${_cost([theirs[key] for key in theirs if (key[1], key[0]) in ends]):.6f}"
    )
    extra = len(upstream.calls) - len(upstream.of("refused")) - facts.answered
    print(
        f"billed by the upstream without an answer here: {extra}, all within the {facts.maybe_billed} we call uncertain: {extra <= facts.maybe_billed}"
    )
    first = sorted(end["ttft_ms"] for end in ends.values() if end.get("ttft_ms"))
    print(f"time to first token, median {first[len(first) // 2]:.0f} ms of {len(first):,}")
    print(f"errors left: {facts.errors}")


def _counts(end: dict[str, object]) -> tuple[object, ...]:
    return end.get("input_tokens"), end.get("output_tokens"), end.get("cache_read_tokens")


def _wanted(call: dict[str, object]) -> tuple[object, ...]:
    return call.get("input"), call.get("output"), call.get("cached")


def _cost(calls: list[dict[str, object]]) -> float:
    total = 0.0
    for one in calls:
        rows = resolve_prices([(str(one["model"]), None)])[0].rows
        row = next(row for row in rows if row.valid_to is None and row.above_tokens == 0)
        total += price_usd(row, one["input"], one["output"], one["cached"], 0, 0)
    return total
