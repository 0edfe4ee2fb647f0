"""OpenRouter's list prices become own prices of models that have none, and of no other."""

import json
from datetime import date
from pathlib import Path

import pytest

from analytics.cli import main
from analytics.errors import SourceError
from analytics.logs import load_log
from analytics.logs.reprice import reprice
from analytics.prices.own_file import OwnEntries, own_entries, save_own_entries
from analytics.sources import Source, save_sources
from analytics.sources.openrouter_prices import fetch_prices
from analytics.store import open_store
from tests.conftest import WriteCsv
from tests.sources.conftest import QUICK, Serve
from tests.sources.server import Answer, Replay, Trouble


def offer(name: str, prompt: str = "0.0000006", completion: str = "0.0000022", **more: object) -> Answer:
    """A model as the documentation shows it."""
    pricing = {
        "prompt": prompt, "completion": completion, "request": "0", "image": "0", "web_search": "0", "internal_reasoning": "0",
        "input_cache_read": "0.00000011", "input_cache_write": "0",
    }  # fmt: skip
    return {
        "id": name, "canonical_slug": f"{name}-20260801", "hugging_face_id": "", "name": name, "created": 1785000000, "description": "",
        "context_length": 202752, "architecture": {"modality": "text->text"}, "pricing": pricing | more, "top_provider": {},
        "per_request_limits": None, "supported_parameters": ["tools"],
    }  # fmt: skip


OFFERS = [
    offer("lab/brandnew-9"),
    offer("lab/brandnew-9:free", "0", "0"),
    offer("openai/gpt-4o", "1", "1"),
    offer("lab/longread-2", overrides=[{"min_prompt_tokens": 200000, "prices": {"prompt": "0.0000012", "completion": "0.0000044"}},
        {"utc_start": "02:00", "utc_end": "06:00", "prices": {"prompt": "0.0000001"}}]),
    offer("lab/perrequest", request="0.01"),
    offer("lab/router-x", "-1", "-1"),
    offer("one/twin-1"), offer("two/twin-1"),
    {"id": None, "pricing": None}, {"id": "lab/unpriced-0"},
]  # fmt: skip
NAMES = ["lab/brandnew-9", "longread-2", "perrequest", "router-x", "twin-1", "unpriced-0", "nowhere-5"]


@pytest.fixture
def openrouter(serve: Serve, database: Path) -> Replay:
    """OpenRouter's models, set up as a source."""
    server = serve({"/api/v1/models": lambda call: {"data": OFFERS}})
    save_sources(database, (Source("routed", "openrouter", server.url, "OPENROUTER_KEY", allow_private=True),))
    return server


@pytest.fixture
def logged(database: Path, write_csv: WriteCsv) -> Path:
    rows = [f"r{n},2026-10-0{n + 1},{name},1000000,1000000" for n, name in enumerate(NAMES)]
    load_log(database, write_csv(*rows, "g,2026-10-09,gpt-4o,10,5"))
    return database


def test_models_without_a_price_get_one(openrouter: Replay, logged: Path) -> None:
    found = fetch_prices(logged, limits=QUICK)
    rates = {"input": 0.6, "output": 2.2, "cache_read": 0.11}
    assert own_entries(logged).prices == (
        {"model": "lab/brandnew-9"} | rates,
        {"model": "longread-2"} | rates,
        {"model": "longread-2"} | rates | {"input": 1.2, "output": 4.4, "above_tokens": 200000},
    )
    assert dict(found.without) == {
        "perrequest": "OpenRouter charges it per request too, which own prices cannot say",
        "router-x": "OpenRouter names no fixed price for it",
        "twin-1": "OpenRouter has several of that name (one/twin-1, two/twin-1)",
        "unpriced-0": "OpenRouter names no fixed price for it",
        "nowhere-5": "OpenRouter does not offer it",
    }
    assert "authorization" not in openrouter.calls[0].headers
    reprice(logged)
    costs = dict(open_store(logged).rows("SELECT model, list_cost_usd FROM requests WHERE list_cost_usd IS NOT NULL"))
    assert costs["lab/brandnew-9"] == pytest.approx(0.6 + 2.2)
    assert costs["longread-2"] == pytest.approx(1.2 + 4.4)  # a million tokens of prompt
    assert costs["gpt-4o"] < 0.001  # not OpenRouter's dollar a token
    again = fetch_prices(logged, limits=QUICK)
    assert again.entries == ()


def test_a_price_that_is_there_stays(openrouter: Replay, database: Path) -> None:
    mine = OwnEntries(({"model": "lab/brandnew-9", "input": 1.0, "output": 2.0},))
    save_own_entries(database, mine)
    with pytest.raises(SourceError, match="nothing to look up"):
        fetch_prices(database, ["lab/brandnew-9", "gpt-4o"], limits=QUICK)
    assert openrouter.calls == []
    assert fetch_prices(database, ["longread-2"], date(2026, 11, 1), limits=QUICK).entries[0]["from"] == date(
        2026, 11, 1
    )
    assert own_entries(database).prices[0] == mine.prices[0]
    assert len(own_entries(database).prices) == 3


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Trouble(body=b"<html>"), "no JSON"),
        (Trouble(body=b'{"models": []}'), "no list 'data'"),
        (Trouble(404), "HTTP 404"),
    ],
)
def test_what_is_no_list_of_models(trouble: Trouble, said: str, openrouter: Replay, logged: Path) -> None:
    openrouter.troubles.append(trouble)
    with pytest.raises(SourceError, match=said):
        fetch_prices(logged, limits=QUICK)
    assert own_entries(logged) == OwnEntries()


def test_the_command(openrouter: Replay, logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch-prices", "--dry-run", "--json", "--from", "2026-10-01", "--db", str(logged)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["from"] for one in told["prices"]] == ["2026-10-01"] * 3
    assert own_entries(logged) == OwnEntries()
    assert main(["fetch-prices", "--db", str(logged)]) == 0
    said = capsys.readouterr().out
    assert "lab/brandnew-9: $0.6 in, $2.2 out per million tokens" in said
    assert "nowhere-5: stays without a price: OpenRouter does not offer it." in said
