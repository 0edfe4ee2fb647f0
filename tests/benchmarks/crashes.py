"""kill -9 at random points of every command that writes: the old state or the new one, never a part; then it runs to its end.

`$ROUTECAST_KILLS` points for each command (50), spread over its run time by a seed of its own.
"""

import os
import random
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from analytics import settings
from analytics.logs import load_log, load_outcomes
from analytics.sources import Source, save_sources
from analytics.store import open_store, segments_folder, write_transaction
from analytics.store.archive import open_archive
from analytics.store.backup import backup
from tests.benchmarks.material import python, write_log
from tests.sources import replies
from tests.sources.server import serving

KILLS = int(os.environ.get("ROUTECAST_KILLS", "50"))
DATABASE = "log.duckdb"
FIRST, SECOND = 10_000, 60_000
SYNCED, PAGE, BATCH = 1_500, 100, 500
SMALL_BATCHES = f"import analytics.sources.sync as sync; sync.BATCH_RECORDS = {BATCH}"
LEFTOVERS = (".building", ".tmp", ".wal", ".syncing", ".files")

State = tuple[object, ...]


@dataclass(frozen=True)
class Case:
    """A command, the files it starts from, and what a reader sees of its work.

    `between`: states on the way that are whole. `before_it`: Python that the process runs first.
    """

    name: str
    command: tuple[str, ...]
    prepare: Callable[[Path], object]
    state: Callable[[Path], State]
    between: Callable[[State], bool] = lambda state: False
    before_it: str = ""


@dataclass
class Tally:
    """Kills of a case by what was seen afterwards."""

    old: int = 0
    new: int = 0
    between: int = 0
    ended: int = 0
    wrong: int = 0


def main(folder: Path) -> None:
    """Every case in turn."""
    first, second = write_log(folder / "first.parquet", FIRST, "a"), write_log(folder / "second.parquet", SECOND, "b")
    pairs = _write_pairs(folder / "pairs.parquet")

    def loaded(place: Path) -> None:
        load_log(place / DATABASE, first)
        load_outcomes(place / DATABASE, _write_pairs(place / "few.parquet", 200))

    def backed_up(place: Path) -> None:
        load_log(place / DATABASE, second)
        backup(place / DATABASE, place / "b.zip")
        shutil.rmtree(segments_folder(place / DATABASE))
        (place / DATABASE).unlink()
        loaded(place)

    with _gateway() as url:
        cases = (
            Case("load", ("load", str(second)), loaded, _totals),
            Case("outcomes", ("outcomes", str(pairs)), loaded, _totals),
            Case("sync", ("sync",), lambda place: _source(place, url), _synced, _whole_batches, SMALL_BATCHES),
            Case("migrate", ("budget", "set", "8000"), lambda place: (loaded(place), _age(place)), _schema),
            Case("reprice", ("reprice",), lambda place: (loaded(place), _own_price(place)), _totals),
            Case("report", ("report", "--out", "report.pptx"), lambda place: (loaded(place), _earlier(place)), _report),
            Case("backup", ("backup", "--out", "b.zip"), loaded, _archive),
            Case("restore", ("restore", "b.zip", "--replace"), backed_up, _totals),
        )
        for case in cases:
            _measure(case, folder / case.name)


def _measure(case: Case, folder: Path) -> None:
    template = folder / "template"
    template.mkdir(parents=True)
    case.prepare(template)
    before, seconds = case.state(template), []
    for number in range(3):
        whole = _copy(template, folder / f"whole{number}")
        start = time.perf_counter()
        assert _run(case, whole).wait() == 0
        seconds.append(time.perf_counter() - start)
        after = case.state(whole)
    assert before != after, f"{case.name} changes nothing"
    points, tally = random.Random(case.name), Tally()
    for number in range(KILLS):
        delay = points.uniform(0.02, 1.0) * median(seconds[-5:])  # the machine may be busy with other things, too
        place = _copy(template, folder / str(number))
        seconds.append(_kill_once(case, place, delay, before, after, tally))
        shutil.rmtree(folder / str(number))
    verdict = "ok" if tally.wrong == 0 else "WRONG"
    print(
        f"  {case.name:9} {KILLS} kills within {median(seconds):.2f} s: old state {tally.old}, new state {tally.new}, "
        f"whole batches {tally.between}, had ended {tally.ended}; then run to the end: {verdict}",
        flush=True,
    )


def _kill_once(case: Case, place: Path, delay: float, before: State, after: State, tally: Tally) -> float:
    """Kill it, look, run it again, look again, write once more, look for what is left over; seconds of the second run."""
    process = _run(case, place)
    time.sleep(delay)
    ended = process.poll() is not None
    if not ended:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    seen = case.state(place)
    named = _segments(place)
    tally.ended += ended
    tally.old += seen == before
    tally.new += seen == after and not ended
    tally.between += case.between(seen)
    problems = [] if seen in (before, after) or case.between(seen) else [f"a part is seen: {seen}"]
    start = time.perf_counter()
    if (status := _run(case, place).wait()) != 0:
        problems.append(f"the next run ends with {status}")
    taken = time.perf_counter() - start
    if (last := case.state(place)) != after:
        problems.append(f"in the end {last} instead of {after}")
    with write_transaction(place / DATABASE, "own", "a test"):
        pass
    named |= _segments(place)
    left = [entry.name for entry in place.rglob("*") if entry.name.endswith(LEFTOVERS)]
    left += [entry.name for entry in segments_folder(place / DATABASE).iterdir() if entry.name not in named]
    problems += [f"left over: {left}"] if left else []
    tally.wrong += bool(problems)
    for problem in problems:
        print(f"    {case.name} killed after {delay:.3f} s: {problem}", flush=True)
    return taken


def _run(case: Case, place: Path) -> "subprocess.Popen[bytes]":
    program = f"{case.before_it}\nfrom analytics.cli import command; command()"
    command = [python(), "-c", program, *case.command, "--db", DATABASE]
    environment = os.environ | {"PYTHONPATH": str(settings.home), "LITELLM_KEY": "sk-of-the-benchmark"}
    log = (place.parent / "output.txt").open("ab")
    return subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True)


def _copy(template: Path, place: Path) -> Path:
    shutil.copytree(template, place)
    return place


def _segments(place: Path) -> set[str]:
    """Segments that the catalogue names, and those that a reader of the first version may still read."""
    if not (place / DATABASE).exists():
        return set()
    named = {row[0] for row in open_store(place / DATABASE).rows("SELECT segment FROM segments")}
    return named | {entry.name for entry in segments_folder(place.parent / "template" / DATABASE).glob("*")}


def _totals(place: Path) -> State:
    store = open_store(place / DATABASE)
    rows = (
        "(SELECT count(*) FROM requests), (SELECT sum(requests)::BIGINT FROM rollup), (SELECT count(*) FROM outcomes)"
    )
    more = "(SELECT count(*) FROM loads WHERE loaded > 0), (SELECT round(sum(list_cost_usd), 6) FROM requests)"
    return store.rows(f"SELECT {rows}, {more}")[0]


def _synced(place: Path) -> State:
    """Requests, their tokens, and whether the cursor says that all is read."""
    if not (place / DATABASE).exists():
        return (0, 0, False)
    store = open_store(place / DATABASE)
    done = store.rows("SELECT count(*) FROM sources WHERE stream = 'requests' AND cursor LIKE '%\"at\": null%'")[0][0]
    return (*store.rows("SELECT count(*), coalesce(sum(input_tokens), 0)::BIGINT FROM requests")[0], bool(done))


def _whole_batches(state: State) -> bool:
    """The last 500 or 1,000 records (the gateway gives the newest first), each once, and a cursor that goes on from there."""
    count, tokens, done = state
    expected = {batches * BATCH: sum(range(100 + SYNCED - batches * BATCH, 100 + SYNCED)) for batches in (1, 2)}
    return expected.get(count) == tokens and not done


def _schema(place: Path) -> State:
    with duckdb.connect(str(place / DATABASE), read_only=True) as connection:
        version = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()[0][0]
    budgets = open_store(place / DATABASE).rows("SELECT count(*) FROM budgets")[0][0]
    return (version, budgets, *_totals(place))


def _report(place: Path) -> State:
    """Whether the earlier report stands there, or a whole new one."""
    file = place / "report.pptx"
    if file.read_bytes() == b"the earlier report":
        return ("earlier",)
    with zipfile.ZipFile(file) as archive:
        return ("new" if archive.testzip() is None else "damaged",)


def _archive(place: Path) -> State:
    file = place / "b.zip"
    if not file.exists():
        return ("none",)
    with open_archive(file) as archive:
        for name in archive.manifest.parts:
            archive.check(name)
        return ("whole", len(archive.manifest.parts))


def _earlier(place: Path) -> None:
    (place / "report.pptx").write_bytes(b"the earlier report")


def _own_price(place: Path) -> None:
    text = '[[price]]\nmodel = "claude-opus-4-1"\ninput = 1\noutput = 2\n'
    (place / f"{DATABASE}.prices.toml").write_text(text, encoding="utf-8")


def _age(place: Path) -> None:
    """Back to the first schema: every later table goes."""
    with duckdb.connect(str(place / DATABASE)) as connection:
        first = ("meta", "loads", "rejections", "segments", "outcomes", "prices")
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            if table not in first:
                connection.execute(f"DROP TABLE {table}")
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")


def _source(place: Path, url: str) -> None:
    about = {"key_env": "LITELLM_KEY", "allow_private": True, "page_size": PAGE}
    save_sources(place / DATABASE, (Source("gateway", "litellm", url, **about),))


@contextmanager
def _gateway() -> Iterator[str]:
    """A gateway that has something to sync."""
    with serving(replies.litellm([replies.spend_log(number) for number in range(SYNCED)])) as server:
        yield server.url


def _write_pairs(file: Path, prompts: int = 10_000) -> Path:
    query = f"""SELECT 'p' || i AS prompt_id, unnest(['gpt-4o', 'claude-opus-4-1']) AS model, unnest([hash(i) % 2, 1])::DOUBLE AS quality,
            ['chat', 'code'][1 + i % 2] AS use_case, 0.4 AS complexity, 900 AS input_tokens, 200 AS output_tokens
        FROM range({prompts}) r(i)"""
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    return file
