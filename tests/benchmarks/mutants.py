"""Mutation testing of what the product's numbers come from: how many changed operators and constants the tests notice.

Neither mutmut 3 nor cosmic-ray changes the operators of SQL text or draws a sample, and each pays for a new Python per
mutant (4 s). Here a mutant is a fork of a process that holds the libraries; it runs only the tests of the mirrored folder
that pass through its statement, quickest first, and stops at the first that fails.

    python -m tests.benchmarks.mutants [PART-OF-PATH...] [--each 25] [--seed 1] [--again LOG]
"""

import argparse
import functools
import importlib
import itertools
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from analytics import settings
from tests.benchmarks.mutate import Mutant, mutants_of
from tests.benchmarks.passes import Chosen, Tracer

SEED, EACH, WORKERS = 1, 25, 2
TESTS_SECONDS = 60.0  # of the quickest tests that pass through a statement
LEAST_CPU_SECONDS, TIMES_THE_TESTS, WALL_SECONDS = 10, 5, 600
TARGETS = {
    "outcomes": "multilevel newton quality ratios latency grades design evidence observations",
    "simulation": "bill tally correction cascade escalation checks weighing project percentiles learned plans volume curve_metrics",
    "learning": "curves",
    "prices": "aliases catalogue own own_file resolve rows",
    "policies": "predicate compile parse export/python export/sql export/litellm",
}
KEPT = (
    "duckdb",
    "numpy",
    "scipy.stats",
    "sklearn.linear_model",
    "sqlglot",
    "polars",
    "pyarrow",
    "hypothesis",
    "genai_prices.data",
)
FLAGS = ("-x", "-n", "0", "-p", "no:cacheprovider", "--tb=no", "-W", "ignore::pytest.PytestAssertRewriteWarning")


def main(folder: Path) -> None:
    """The sample of every target."""
    run(folder, [], EACH, SEED)


def run(folder: Path, parts: list[str], each: int, seed: int, again: str | None = None) -> None:
    """Make, try and count `each` mutants of every target whose path holds one of `parts` (all when there are none).

    `again`: what an earlier run said; then only what survived there is tried, where the code still has it.
    """
    files = [
        Path("analytics", package, f"{name}.py")
        for package, names in TARGETS.items()
        for name in names.split()
        if not parts or any(part in f"{package}/{name}.py" for part in parts)
    ]
    for name in KEPT:
        importlib.import_module(name)
    packages = sorted({file.parts[1] for file in files})
    traces: dict[str, Any] = {}
    for number, package in enumerate(packages):
        into = folder / f"trace-{number}.json"
        _in_fork(lambda: _trace(_tree(folder), [file for file in files if file.parts[1] == package], into))  # noqa: B023
        traces |= json.loads(into.read_text())
    jobs = []
    for file in files:
        every = mutants_of((settings.home / file).read_text(encoding="utf-8"))
        chosen = random.Random(f"{seed} {file}").sample(every, min(each, len(every)))
        if again is not None:
            chosen = _those_left(every, file, again)
        jobs += [(str(file), mutant, _tests_of(mutant, traces[str(file)])) for mutant in chosen]
    random.Random(seed).shuffle(jobs)
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        results = []
        for result in pool.imap_unordered(functools.partial(_tried, folder), jobs):
            results.append(result)
            print(
                f"{len(results):>4}/{len(jobs)} {result[2]:<9} {result[0]}:{result[1].line}: {result[1].change}",
                flush=True,
            )
    _tell(results)


def _those_left(every: list[Mutant], file: Path, said: str) -> list[Mutant]:
    left = re.findall(rf"(?:survived|unreached) +{re.escape(str(file))}:(\d+): (.+)", said)
    return list(
        {
            min(same, key=lambda mutant: abs(mutant.line - int(line)))
            for line, change in set(left)
            if (same := [mutant for mutant in every if mutant.change == change])
        }
    )


def _tell(results: list[tuple[str, Mutant, str]]) -> None:
    for package in TARGETS:
        counts = Counter(verdict for file, _, verdict in results if file.startswith(f"analytics/{package}/"))
        if total := counts.total():
            print(
                f"{package:<12} {1 - (counts['survived'] + counts['unreached']) / total:6.1%} of {total}  {dict(counts)}"
            )
    for file, mutant, verdict in sorted(results, key=lambda one: (one[0], one[1].line)):
        if verdict in ("survived", "unreached"):
            print(f"{verdict} {file}:{mutant.line}: {mutant.change}")


def _tree(folder: Path) -> Path:
    """This process's own copy of the project."""
    tree = folder / f"tree-{os.getpid()}"
    if not tree.exists():
        leave = shutil.ignore_patterns("*.duckdb*", "__pycache__", ".*", "screenshots", "*.egg-info")
        shutil.copytree(settings.home, tree, ignore=leave)
    return tree


def _trace(tree: Path, files: list[Path], into: Path) -> int:
    tracer = Tracer(tree / file for file in files)
    _pytest(tree, [tree / "tests" / files[0].parts[1]], tracer)
    if tracer.failed:
        print("fail as they are, and are left out:", *sorted(tracer.failed), flush=True)
    traces = {}
    for file in files:
        lines = tracer.reached[str(tree / file)]
        traces[str(file)] = {
            line: {test: tracer.seconds[test] for test in tests if test not in tracer.failed}
            for line, tests in lines.items()
        }
    into.write_text(json.dumps(traces))
    return 0


def _tests_of(mutant: Mutant, trace: dict[str, dict[str, float]]) -> dict[str, float]:
    """The quickest tests that pass through the mutant's statement (or through its file, where it runs at import)."""
    lines = trace.values() if mutant.at_import else [trace.get(str(line), {}) for line in mutant.lines]
    every = sorted(
        {test: seconds for tests in lines for test, seconds in tests.items()}.items(), key=lambda one: one[1]
    )
    spent = itertools.accumulate(seconds for _, seconds in every)
    return {
        test: seconds for (test, seconds), so_far in zip(every, spent, strict=True) if so_far <= TESTS_SECONDS
    } or dict(every[:1])


def _tried(folder: Path, job: tuple[str, Mutant, dict[str, float]]) -> tuple[str, Mutant, str]:
    """What the tests say of a mutant."""
    file, mutant, tests = job
    if not tests:
        return file, mutant, "unreached"
    tree = _tree(folder)
    changed = tree / file
    original = changed.read_text(encoding="utf-8")
    changed.write_text(mutant.text, encoding="utf-8")
    seconds = int(LEAST_CPU_SECONDS + TIMES_THE_TESTS * sum(tests.values()))
    try:
        status = _in_fork(
            lambda: _pytest(tree, sorted({tree / one.split("::")[0] for one in tests}), Chosen(tests)), seconds
        )
    finally:
        changed.write_text(original, encoding="utf-8")
    return file, mutant, "survived" if status == 0 else "killed" if status > 0 else "timeout"


def _pytest(tree: Path, paths: list[Path], plugin: object) -> int:
    for name in [one for one in sys.modules if one.split(".")[0] in ("analytics", "pages", "tests")]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(path for path in sys.path if path and Path(path) != settings.home)]
    sys.dont_write_bytecode = True
    os.chdir(tree)
    hypothesis.settings.register_profile(
        "mutants", deadline=None, database=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
    )
    hypothesis.settings.load_profile("mutants")
    return int(pytest.main([*FLAGS[1 if isinstance(plugin, Tracer) else 0 :], *map(str, paths)], plugins=[plugin]))


def _in_fork(call: Callable[[], int], seconds: int = 3600) -> int:
    """The exit status of `call` in a fork; negative where it took more processor time than `seconds` or died."""
    child = os.fork()
    if child == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        signal.alarm(max(WALL_SECONDS, seconds))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            os._exit(call())
        except BaseException:
            os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.mutants")
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--again", type=argparse.FileType(), help="what an earlier run printed: try only its survivors")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        run(Path(temporary), options.parts, options.each, options.seed, options.again and options.again.read())
