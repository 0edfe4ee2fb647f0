"""A hundred million requests, a million a day: what a day's load, a simulation and the disk cost as the log grows.

Every load is a process of its own, as from cron; its peak memory is the kernel's figure. The slope of a cost is its
exponent in the size of the log between 1 and 100 million: 0 does not grow, 1 grows in proportion.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from math import log
from pathlib import Path
from statistics import median

from analytics import settings
from tests.benchmarks.material import ARCHITECTURES, python, write_log

DAYS, ROWS_A_DAY = 100, 1_000_000
CHECKPOINTS = (1, 10, 100)
LOAD_GB, SIMULATE_SECONDS = 4.0, 2.0


@dataclass(frozen=True)
class Cost:
    """What a log of so many requests costs: seconds to add the last million and to simulate, bytes a request."""

    requests: int
    load: float
    simulate: float
    stored: float


def main(folder: Path) -> None:
    """Load day by day into `$ROUTECAST_BENCH_DB` or a temporary database, and tell the cost at 1, 10 and 100 million."""
    given = os.environ.get("ROUTECAST_BENCH_DB")
    database = Path(given) if given else folder / "growth.duckdb"
    seconds, memory, costs = [], [], []
    for day in range(DAYS):
        file = write_log(
            folder / "day.parquet", ROWS_A_DAY, f"d{day}-", 1, date(2026, 7, 1) + timedelta(days=day), True
        )
        taken, peak = _process("load", str(file), "--db", str(database))
        seconds.append(taken)
        memory.append(peak)
        if day + 1 in CHECKPOINTS:
            costs.append(_cost(day + 1, median(seconds[-5:]), database))
    print(f"peak memory of a load: {max(memory):.2f} GB (at most {LOAD_GB:g})")
    times = log(costs[-1].requests / costs[0].requests)
    for name in ("load", "simulate", "stored"):
        print(f"slope of {name}: {log(getattr(costs[-1], name) / getattr(costs[0], name)) / times:.2f}")


def _cost(days: int, load: float, database: Path) -> Cost:
    call = ("simulate", *map(str, ARCHITECTURES), "--db", str(database), "--json")
    simulate = median(_process(*call)[0] for _ in range(3))
    stored = sum(file.stat().st_size for file in database.parent.glob(f"{database.name}*/**/*") if file.is_file())
    cost = Cost(days * ROWS_A_DAY, load, simulate, stored / days / ROWS_A_DAY)
    print(
        f"{cost.requests:>11,} requests: a million more in {load:5.2f} s; five architectures in {simulate:.2f} s, the process "
        f"included (at most {SIMULATE_SECONDS:g}); {cost.stored:.0f} bytes a request",
        flush=True,
    )
    return cost


def _process(*arguments: str) -> tuple[float, float]:
    """Wall seconds and peak resident GB of one `routecast` process."""
    start = time.perf_counter()
    with subprocess.Popen(
        [python(), "-m", "analytics", *arguments], stdout=subprocess.DEVNULL, cwd=settings.home
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"routecast {arguments[0]} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1e6
