"""A database with something of everything beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.logs import load_log, load_outcomes
from analytics.prices.own import own_prices_file
from analytics.sidebyside.ledger import run_file
from analytics.store import open_store

WriteCsv = Callable[..., Path]
RUN = "20261123-181500-a1b2c3"


@pytest.fixture
def filled(database: Path, write_csv: WriteCsv, tmp_path: Path) -> Path:
    """A database of two loads (3 and 2 calls), a pair, prices of its own and a run."""
    load_log(database, write_csv(*(f"a{number},2026-10-01,gpt-4o,{number},5" for number in range(3))))
    load_log(database, write_csv(*(f"b{number},2026-10-02,gpt-4o,10,5" for number in range(2)), name="more.csv"))
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("prompt_id,model,quality\np,gpt-4o,1\np,gpt-4o-mini,0\n")
    load_outcomes(database, pairs)
    own_prices_file(database).write_text('[aliases]\n"prod" = "gpt-4o"\n')
    run_file(database, RUN).parent.mkdir()
    run_file(database, RUN).write_text('{"order": 1}\n')
    return database


def totals(database: Path) -> tuple[object, ...]:
    store = open_store(database)
    pairs = store.rows("SELECT count(*) FROM outcomes")
    return *store.rows("SELECT count(*), sum(input_tokens), sum(list_cost_usd) FROM requests")[0], *pairs[0]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file() and not file.name.endswith(".lock")}  # fmt: skip
