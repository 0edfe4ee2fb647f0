"""A hundred million requests, a million a day: what a day's load, a simulation and the disk cost as the log grows.

Every load is a process of its own, as from cron; its peak memory is the kernel's figure. Slopes are per tenfold growth.
"""

import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from analytics import settings
from tests.benchmarks.material import ARCHITECTURES, python, write_log

DAYS, ROWS_A_DAY = 100, 1_000_000
CHECKPOINTS = (1, 10, 100)
LOAD_GB, SIMULATE_SECONDS = 4.0, 2.0


def main(folder: Path) -> None:
    """Load day by day into `$ROUTECAST_BENCH_DB` or a temporary database, and tell the cost at 1, 10 and 100 million."""
    given = os.environ.get("ROUTECAST_BENCH_DB")
    database = Path(given) if given else folder / "growth.duckdb"
    seconds, memory = [], []
    for day in range(DAYS):
        file = write_log(
            folder / "day.parquet", ROWS_A_DAY, f"d{day}-", 1, date(2026, 7, 1) + timedelta(days=day), True
        )
        taken, peak = _process("load", str(file), "--db", str(database))
        seconds.append(taken)
        memory.append(peak)
        if day + 1 in CHECKPOINTS:
            _tell(day + 1, seconds, memory, database)


def _tell(days: int, seconds: list[float], memory: list[float], database: Path) -> None:
    simulate = median(
        _process("simulate", *map(str, ARCHITECTURES), "--db", str(database), "--json")[0] for _ in range(3)
    )
    stored = sum(file.stat().st_size for file in database.parent.glob(f"{database.name}*/**/*") if file.is_file())
    print(
        f"{days * ROWS_A_DAY:>11,} requests: last days' load {median(seconds[-5:]):6.2f} s a million, peak {max(memory):.2f} GB "
        f"(at most {LOAD_GB:g}); simulate five {simulate:.2f} s; {stored / days / ROWS_A_DAY:.0f} bytes a request",
        flush=True,
    )


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
