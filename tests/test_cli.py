"""The command line's contract: one JSON object, exit statuses, one clear line on standard error."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from analytics import settings
from analytics.cli import build_parser, main
from analytics.logs.demo import build_demo
from analytics.store import open_store

ARCHITECTURES = [
    str(settings.architectures_dir / f"{name}.toml")
    for name in ("single-opus", "single-sonnet", "multi-model", "learned", "cascade")
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path, requests=30_000)
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: dict[str, object] = json.loads(captured.out)
    return found


def test_load_and_outcomes_say_what_became_of_every_row(
    database: Path, write_csv: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_csv(
        "a,2026-10-01,gpt-4o,10,5", "b,2026-10-01,our-own,10,5", "c,never,gpt-4o,10,5", "a,2026-10-01,gpt-4o,10,5"
    )
    found = answer(capsys, "load", str(file), "--db", str(database), "--json")
    assert found == {
        "read": 4,
        "loaded": 2,
        "duplicates": 1,
        "rejected": 1,
        "rejections": [{"line": 4, "reason": "timestamp 'never' is not a time in UTC between 2000 and 2100"}],
        "unpriced": {"our-own": 1},
        "format": "canonical",
    }
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("prompt_id,model,quality\np,gpt-4o,1\np,gpt-4o-mini,0\np,x,2\n")
    found = answer(capsys, "--json", "outcomes", str(pairs), "--db", str(database))
    assert set(found) == {"read", "loaded", "duplicates", "rejected", "rejections"}
    assert (found["loaded"], found["rejected"]) == (2, 1)


def test_audit_keys_and_totals(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "audit", "--db", str(demo), "--json")
    assert {"requests", "attempts", "cost_usd", "unpriced", "by_model", "by_use_case", "latency_ms", "quality"} <= set(
        found
    )
    sums = "count(*) FILTER (is_request), count(*), sum(list_cost_usd), avg(quality)"
    latency = "quantile_disc(request_latency_ms, 0.95) FILTER (is_request AND status = 'ok')"
    requests, attempts, cost, quality, p95 = open_store(demo).rows(f"SELECT {sums}, {latency} FROM requests")[0]
    assert (found["requests"], found["attempts"]) == (requests, attempts)
    assert found["cost_usd"]["list"] == pytest.approx(cost, rel=1e-12)
    assert found["quality"] == pytest.approx(quality, rel=1e-12)
    assert found["latency_ms"]["p95"] == pytest.approx(p95, rel=0.011)
    assert sum(row["requests"] for row in found["by_model"]) == requests
    assert sum(row["cost_usd"]["list"] for row in found["by_use_case"]) == pytest.approx(cost, rel=1e-12)


def test_simulate_keys_and_order(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = [*ARCHITECTURES, ARCHITECTURES[0]]
    found = answer(capsys, "simulate", *twice, "--requests-per-month", "1000000", "--db", str(demo), "--json")
    assert found["requests_per_month"] == 1_000_000
    names = [one["name"] for one in found["architectures"]]
    assert names == ["current", "Single Opus", "Single Sonnet", "Multi-model", "Learned", "Cascade", "Single Opus"]
    keys = {
        "name",
        "grade",
        "monthly_cost_usd",
        "latency_s",
        "quality",
        "model_share",
        "escalation_rate",
        "evidence",
        "unpriced",
        "quality_floor_probability",
        "vs_current",
    }
    for one in found["architectures"]:
        assert keys <= set(one)
        assert set(one["latency_s"]) >= {"mean", "p50", "p95"}
        assert set(one["vs_current"]) == {"cost", "quality", "latency"}
        assert sum(one["evidence"].values()) == pytest.approx(1)
        assert sum(one["model_share"].values()) == pytest.approx(1)


def test_evidence_keys_and_the_prompts_to_run(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.csv"
    call = (
        "evidence",
        ARCHITECTURES[1],
        "--prompts",
        "80",
        "--plan",
        str(plan),
        "--seed",
        "3",
        "--db",
        str(demo),
        "--json",
    )
    found = answer(capsys, *call)
    projected = answer(capsys, "simulate", ARCHITECTURES[1], "--seed", "3", "--db", str(demo), "--json")[
        "architectures"
    ][1]
    assert found["quality"] == projected["quality"]
    assert found["evidence"] == projected["evidence"]
    assert {"overlap", "checks", "cells", "suspicious", "plan", "metric", "grade"} <= set(found)
    assert [one["name"] for one in found["checks"]] == [
        "Weighted scores (SNIPS)",
        "Doubly robust",
        "Side by side alone",
    ]
    assert sum(one["traffic"] for one in found["overlap"]["rows"]) == pytest.approx(1, abs=0.005)
    assert sum(one["prompts"] for one in found["plan"]["strata"]) == found["plan"]["prompts"] == 80
    first = plan.read_bytes()
    assert first.count(b"\n") == 81
    assert first.startswith(b"prompt_id,use_case,complexity,inclusion_probability,models")
    answer(capsys, *call)
    assert plan.read_bytes() == first
    assert "at least one prompt" in fails(capsys, "evidence", ARCHITECTURES[1], "--prompts", "0", "--db", str(demo))
    nowhere = str(tmp_path / "missing" / "plan.csv")
    assert "cannot be written" in fails(capsys, "evidence", ARCHITECTURES[1], "--plan", nowhere, "--db", str(demo))


def test_the_same_seed_gives_the_same_numbers(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ("simulate", ARCHITECTURES[2], "--seed", "5", "--db", str(demo), "--json")
    assert answer(capsys, *call) == answer(capsys, *call)


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("routecast: ")
    assert captured.err.count("\n") == 1
    return captured.err


BAD_ARCHITECTURES = {
    "subquery": 'name = "x"\n[[route]]\nwhen = "use_case in (select 1)"\nuse = "a"\n[default]\nuse = "b"\n',
    "no verifier": 'name = "x"\n[default]\ncascade = ["a", "b"]\n',
    "not TOML": "name",
}


@pytest.mark.parametrize("case", BAD_ARCHITECTURES)
def test_a_bad_architecture_is_one_line_and_status_1(
    case: str, demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "arch.toml"
    file.write_text(BAD_ARCHITECTURES[case])
    before = demo.read_bytes()
    assert "arch.toml" in fails(capsys, "simulate", str(file), "--db", str(demo), "--json")
    assert demo.read_bytes() == before


def test_an_invoice_is_compared_and_the_log_is_priced_again(
    database: Path, write_csv: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(
        capsys,
        "load",
        str(write_csv("a,2026-10-01,gpt-4o,2000000,0,openai", more="provider")),
        "--db",
        str(database),
        "--json",
    )
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("month,amount\n2026-10,4\n")
    loaded = answer(capsys, "invoice", str(invoice), "--provider", "openai", "--db", str(database), "--json")
    assert loaded == {"lines": 1, "replaced": 0, "amount_usd": {"openai": 4.0}, "notes": []}
    found = answer(capsys, "reconcile", "--db", str(database), "--json")["months"]
    assert isinstance(found, list)
    assert found[0] | {"explanations": []} == {
        "provider": "openai", "month": "2026-10", "attempts": 1, "list_usd": 5.0, "billed_usd": None, "ours_usd": 5.0, "basis": "list",
        "invoice_usd": 4.0, "difference_usd": 1.0, "capture_rate": 1.25, "capture": "high", "explanations": [],
    }  # fmt: skip
    database.with_name("log.duckdb.prices.toml").write_text("[discounts]\nopenai = 0.2\n")
    change = {"model": "gpt-4o", "attempts": 1, "before_usd": 5.0, "after_usd": 4.0}
    for arguments, changed in ((["--dry-run"], False), ([], True)):
        repriced = answer(capsys, "reprice", *arguments, "--db", str(database), "--json")
        assert repriced == {
            "attempts": 1, "before_usd": 5.0, "after_usd": 4.0, "unpriced_before": 0, "unpriced_after": 0, "changes": [change], "changed": changed,
        }  # fmt: skip
    assert main(["reconcile", "--db", str(database)]) == 0
    assert "2026-10 openai: ours $4.00 (list), invoice $4.00, 100.0% captured (good)" in capsys.readouterr().out
    assert "no database" in fails(capsys, "reprice", "--db", str(tmp_path / "none.duckdb"))
    assert "no column 'month'" in fails(
        capsys, "invoice", str(write_csv("a,2026-10-01,x,1,1", name="x.csv")), "--db", str(database)
    )


def test_a_circle_of_aliases_stops_the_load(
    database: Path, write_csv: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    database.with_name("log.duckdb.prices.toml").write_text('[aliases]\na = "b"\nb = "a"\n')
    assert "circle" in fails(capsys, "load", str(write_csv("a,2026-10-01,gpt-4o,1,1")), "--db", str(database))
    assert not database.exists()


def test_faults_of_data_and_request_are_status_1(
    demo: Path, database: Path, write_csv: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no database" in fails(capsys, "audit", "--db", str(database))
    assert "no file" in fails(capsys, "load", "nowhere.csv", "--db", str(database))
    assert "never mixed" in fails(capsys, "load", str(write_csv("a,2026-10-01,gpt-4o,1,1")), "--db", str(demo))
    assert "metric" in fails(capsys, "simulate", ARCHITECTURES[0], "--metric", "taste", "--db", str(demo))
    assert main(["load", str(write_csv("a,2026-10-01,gpt-4o,1,1")), "--db", str(database), "--json"]) == 0
    capsys.readouterr()
    assert "never mixed" in fails(capsys, "demo", "--db", str(database))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["load"],
        ["simulate", "x.toml", "--requests-per-month", "-1"],
        ["simulate", "x.toml", "--seed", "x"],
    ],
)
def test_usage_errors_are_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


def test_module_and_script_are_the_same_program() -> None:
    for command in ([sys.executable, "-m", "analytics"], [str(Path(sys.executable).with_name("routecast"))]):
        found = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True, cwd="/")
        assert "simulate" in found.stdout


def test_the_readme_names_every_command_and_target() -> None:
    readme = (settings.home / "README.md").read_text(encoding="utf-8")
    commands = next(action for action in build_parser()._actions if action.dest == "command").choices
    for command in commands:
        assert f"routecast {command}" in readme
    for target in ("run", "test", "setup", "check", "bench", "lock", "clean"):
        assert f"make {target}" in readme


def test_two_loads_at_once_both_arrive(database: Path, tmp_path: Path) -> None:
    """Two processes load while a reader in this one keeps asking: it sees 0, one whole file, or both."""
    files = []
    for number in range(2):
        file = tmp_path / f"{number}.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT '{number}-' || i AS request_id, TIMESTAMPTZ '2026-10-01' AS timestamp, 'gpt-4o' AS model, "
                f"1 AS input_tokens, 1 AS output_tokens FROM range(100000) r(i)) TO '{file}'"
            )
        files.append(file)
    seen: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if database.exists():
                seen.add(open_store(database).rows("SELECT coalesce(sum(requests), 0)::BIGINT FROM rollup")[0][0])

    reader = threading.Thread(target=watch)
    reader.start()
    loads = [
        subprocess.Popen(
            [sys.executable, "-m", "analytics", "load", str(file), "--db", str(database)], cwd=settings.home
        )
        for file in files
    ]
    statuses = [load.wait(timeout=120) for load in loads]
    done.set()
    reader.join()
    assert statuses == [0, 0]
    assert open_store(database).rows("SELECT sum(requests)::BIGINT FROM rollup") == [(200_000,)]
    assert seen <= {0, 100_000, 200_000}
