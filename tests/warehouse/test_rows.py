"""Questions about single requests, put to the warehouse: the same answers as from a log that is loaded."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.audit.explain import explain_request
from analytics.audit.health_rows import row_findings
from analytics.audit.requests import RequestFilter, count_requests, request_page, requests_to_export
from analytics.audit.requests_order import SORTS, Cursor
from analytics.audit.spend import spend_by, spend_by_pair, spend_over_time
from analytics.currency import NO_RATES
from analytics.errors import UsageError
from analytics.exports import csv_bytes
from analytics.learning.material import read_lessons
from analytics.policies import parse_architecture
from analytics.scope import Scope
from analytics.simulation.traffic import MEASURES, read_traffic
from analytics.simulation.weighing import read_routed_scores
from analytics.store import Store, open_store
from tests.warehouse.conftest import Nasty

SCOPE = Scope(start=date(2026, 8, 2), end=date(2026, 8, 6), time_zone="Asia/Kathmandu")
FILTERS = (
    RequestFilter(),
    RequestFilter(SCOPE),
    RequestFilter(replace(SCOPE, models=("模型-7b", "o'brien \\ sons", "gpt-4o"), teams=("Zoë's team", "growth\\ops"))),
    RequestFilter(status="error", origin="user", least_ms=0.5, most_ms=20_000.0),
    RequestFilter(text="1/", least_tokens=10, most_cost=0.5),
    RequestFilter(unpriced=True, origin="overhead"),
    RequestFilter(text="' OR 1=1 --\\"),
)
BY_HOUR = """name = "By hour and person"
[[route]]
when = "hour(timestamp) between 6 and 11 and dayofweek(timestamp) <> 0 and user_id like 'user-1%'"
use = "gpt-4o"
[[route]]
when = "contains(lower(team), 'growth') or input_tokens / 2 > 4000 or prompt_chars > 100 or not batch"
use = "claude-haiku-4-5"
[default]
use = "claude-sonnet-4-5"
"""


@pytest.fixture(params=["lake", "postgres_database"])
def stores(request: pytest.FixtureRequest, nasty: Nasty) -> tuple[Store, Store]:
    """The log loaded here, and the same log in a warehouse."""
    return open_store(nasty.database), open_store(request.getfixturevalue(request.param))


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_filtered_sorted_and_paged(stores: tuple[Store, Store], number: int) -> None:
    here, there = stores
    chosen = FILTERS[number]
    (calls, usd), (calls_there, usd_there) = count_requests(here, chosen), count_requests(there, chosen)
    assert calls_there == calls
    assert usd_there == (usd if usd is None else pytest.approx(usd, rel=1e-9))
    # One order for each filter, and every order for some: these questions take a second each in Postgres.
    sort = list(SORTS)[number % len(SORTS)]
    cursors: list[Cursor | None] = [None]
    for _ in range(2):
        pages = [request_page(store, chosen, sort, True, cursors[-1]) for store in stores]
        assert pages[0].rows.equals(pages[1].rows, null_equal=True)
        if pages[0].after is None:
            break
        cursors.append(pages[0].after)


def test_a_download_has_the_same_rows(stores: tuple[Store, Store]) -> None:
    here, there = (
        csv_bytes(requests_to_export(store, RequestFilter(SCOPE), "time", False)).decode() for store in stores
    )
    assert len(here.splitlines()) > 400
    assert there.splitlines()[0] == here.splitlines()[0]
    assert there.splitlines()[1].split(",")[:5] == here.splitlines()[1].split(",")[:5]
    assert len(there.splitlines()) == len(here.splitlines())


def test_a_request_is_explained_to_the_cent(stores: tuple[Store, Store]) -> None:
    here, there = stores
    retried = here.rows("SELECT logical_id FROM requests WHERE logical_id IS NOT NULL ORDER BY ALL LIMIT 3")
    for (name,) in retried:
        one, other = explain_request(here, name), explain_request(there, name)
        assert one is not None
        assert other is not None
        assert len(one.attempts) > 1
        assert [attempt.row["request_id"] for attempt in other.attempts] == [attempt.row["request_id"] for attempt in one.attempts]  # fmt: skip
        assert other.list_cost == (None if one.list_cost is None else pytest.approx(one.list_cost, rel=1e-12))
    assert explain_request(there, "nobody") is None


def test_money_by_person_and_session(stores: tuple[Store, Store]) -> None:
    for one, other in (
        [spend_by(store, SCOPE, "user_id").table for store in stores],
        [spend_by(store, SCOPE, "user_id").movers for store in stores],
        [spend_by_pair(store, SCOPE, "session_id", "model") for store in stores],
        [spend_over_time(store, SCOPE, "day", "user_id", ("user-1", "user-2")) for store in stores],
    ):
        assert one.height > 10
        assert one.columns == other.columns
        for column in one.columns:
            left, right = one[column].to_list(), other[column].to_list()
            assert left == [pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for value in right]


def test_findings_of_data_health(stores: tuple[Store, Store]) -> None:
    one, other = (row_findings(store, SCOPE, NO_RATES) for store in stores)
    assert len(one) >= 3
    assert [finding.title for finding in other] == [finding.title for finding in one]
    assert [finding.calls for finding in other] == [finding.calls for finding in one]


def test_conditions_outside_the_classes_are_one_pass_there(stores: tuple[Store, Store]) -> None:
    architecture = parse_architecture(BY_HOUR)
    assert not architecture.on_classes
    for scope in (Scope(), replace(SCOPE, time_zone="UTC", models=("gpt-4o", "模型-7b"))):
        one, other = (read_traffic(store, [architecture], scope) for store in stores)
        assert len(set(one.routes[0].tolist())) == 3
        for name in ("model", "provider", "use_case", "tenth", "batch", "context_band"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist()
        assert (one.routes == other.routes).all()
        for name in MEASURES:
            np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-9)


def test_scores_outside_the_classes_are_one_pass_there(stores: tuple[Store, Store]) -> None:
    one, other = (read_routed_scores(store, parse_architecture(BY_HOUR), Scope(), "helpful") for store in stores)
    assert one.n.sum() > 100
    for name in ("plan", "fold", "n", "quality", "inverse_propensity", "weighted_quality"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-9)


def test_what_needs_the_rows_here_says_so(stores: tuple[Store, Store]) -> None:
    with pytest.raises(UsageError, match="warehouse"):
        read_lessons(stores[1], ("gpt-4o",), "helpful", False)


def test_a_page_of_requests_reads_a_stretch_of_time(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analytics.engines import rows

    windows = []
    found = rows._window_of
    monkeypatch.setattr(rows, "_window_of", lambda *asked: windows.append(found(*asked)) or windows[-1])
    request_page(open_store(lake), RequestFilter(SCOPE))
    assert windows[0].begins is not None
    assert windows[0].ends is not None
