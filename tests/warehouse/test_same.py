"""A log that stays in a warehouse says what it says when it is loaded: to the cent, and to the digit."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from analytics.cli import main
from analytics.store import open_store
from tests.warehouse.conftest import Nasty
from tests.warehouse.same import deviations

ARCHITECTURES = [f"data/architectures/{name}.toml" for name in ("single-opus", "multi-model", "cascade")]


@pytest.fixture(params=["lake", "postgres_database"])
def there(request: pytest.FixtureRequest) -> Path:
    """A database whose log is in a warehouse."""
    found: Path = request.getfixturevalue(request.param)
    return found


def said(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def same_to_the_digit(one: Any, other: Any) -> bool:
    """Equal structures whose numbers agree in twelve digits: sums in another order differ in the last ones."""
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same_to_the_digit(one[key], other[key]) for key in one)  # fmt: skip
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same_to_the_digit, one, other))
    return bool(one == other)


def test_every_sum_is_the_same(nasty: Nasty, there: Path) -> None:
    found = deviations(nasty.database, there)
    assert found["rollup"][0] > 500
    assert found["class_scores"][0] > 200
    assert max(worst for _, worst in found.values()) < 1e-9


def test_what_was_read_and_refused_is_the_same(nasty: Nasty, there: Path) -> None:
    counts = "SELECT sum(read), sum(loaded), sum(duplicates), sum(rejected) FROM loads WHERE kind = 'log'"
    here = open_store(nasty.database)
    assert open_store(there).rows(counts) == here.rows(counts)
    assert here.rows(counts)[0][3] > 25
    reasons = {
        _unquoted(row[0])
        for row in here.rows("SELECT reason FROM rejections JOIN loads USING (load_id) WHERE kind = 'log'")
    }
    told = {_unquoted(row[0].split(": ", 1)[1]) for row in open_store(there).rows("SELECT reason FROM rejections")}
    assert told == reasons


def _unquoted(reason: str) -> str:
    """Without the refused value: 0.0 is spelled 0 elsewhere."""
    return re.sub("'.*?'", "", reason)


def test_the_audit_is_the_same(nasty: Nasty, there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (said(capsys, "audit", "--db", str(path)) for path in (nasty.database, there))
    assert same_to_the_digit(one, other)
    assert f"{one['cost_usd']['list']:.2f}" == f"{other['cost_usd']['list']:.2f}"


def test_the_projections_are_the_same(nasty: Nasty, there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (
        said(
            capsys,
            "simulate",
            *ARCHITECTURES,
            "--metric",
            "helpful",
            "--requests-per-month",
            "100000",
            "--db",
            str(path),
        )
        for path in (nasty.database, there)
    )
    assert same_to_the_digit(one, other)


def test_no_request_came_along(there: Path) -> None:
    store = open_store(there)
    folder = there.with_name(f"{there.name}.segments")
    assert list(folder.glob("*/*.parquet"))
    assert not list(folder.glob("*/requests.parquet"))
    assert store.remote is not None
