"""A gateway is added, synced and removed on the Sources page, and no key is ever on it."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from analytics.sources import Source, read_sources, save_sources
from analytics.store import open_store
from tests.pages.test_pages import start, texts
from tests.sources import replies
from tests.sources.conftest import KEY
from tests.sources.server import Trouble, serving


def everything(app: AppTest) -> str:
    """All that the page says, shows in tables, or holds in its fields."""
    tables = [json.dumps(one.value.astype(str).to_dict("list")) for one in app.dataframe]
    fields = [str(one.value) for one in (*app.text_input, *app.selectbox)]
    return "\n".join([texts(app), *tables, *fields])


def added(url: str) -> AppTest:
    """The page after adding a LiteLLM gateway by its form."""
    app = start("manage/sources.py")
    app.text_input(key="source_name").set_value("our gateway")
    app.text_input(key="source_url").set_value(url)
    next(one for one in app.button if one.label == "Add").click().run()
    assert not app.exception
    return app


def test_a_gateway_is_added_synced_and_removed(demo_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITELLM_KEY", raising=False)
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")
    own = settings.own_database()
    with serving(replies.litellm([replies.spend_log(number) for number in range(3)])) as server:
        app = added(server.url)
        assert read_sources(own) == (Source("our gateway", "litellm", server.url, "LITELLM_KEY"),)
        assert "LITELLM_KEY not set" in everything(app)
        app.button(key="sync_now").click().run()
        assert "LITELLM\\_KEY is not set" in app.error[0].value
        monkeypatch.setenv("LITELLM_KEY", KEY)
        app.run()
        assert "LITELLM_KEY set" in everything(app)
        app.button(key="sync_now").click().run()
        assert not app.exception
        assert "3 records read, 3 loaded, 0 already there, 0 refused." in everything(app)
        assert KEY not in everything(app)
        server.troubles.append(Trouble(400, body=f"what is {KEY}?".encode()))
        app.button(key="sync_now").click().run()
        assert "HTTP 400" in app.error[0].value
        assert KEY not in everything(app)
        app.button(key="source_remove").click().run()
    assert not app.exception
    assert read_sources(own) == ()
    assert open_store(own).rows("SELECT count(*) FROM sources") == [(0,)]
    assert open_store(own).rows("SELECT count(*) FROM requests") == [(3,)]


def test_what_cannot_be_added_is_said(demo_open: Path) -> None:
    app = added("ftp://example.com")
    assert "not http or https" in app.error[0].value
    assert read_sources(settings.own_database()) == ()


def test_a_private_address_needs_the_operator(demo_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_KEY", KEY)
    monkeypatch.delenv("ROUTECAST_ALLOW_PRIVATE", raising=False)
    app = added("http://127.0.0.1:9")
    app.button(key="sync_now").click().run()
    assert "private or loopback address 127" in app.error[0].value
    assert KEY not in everything(app)


def test_a_hostile_name_in_the_file_is_refused(demo_open: Path) -> None:
    own = settings.own_database()
    save_sources(own, (Source("plain", "phoenix", "https://phoenix.example.com"),))
    file = own.with_name(own.name + ".sources.toml")
    file.write_text(file.read_text().replace("plain", "<b>x</b>"))
    app = start("manage/sources.py")
    assert not app.exception
    assert "name '<b>x</b>'" in app.error[0].value


def test_what_a_source_lacks_is_said(demo_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")
    gone = replies.trace(1) | {"spans": []}
    gone["trace_info"]["tags"] = {}
    with serving(replies.mlflow([replies.trace(0), gone])) as server:
        save_sources(settings.own_database(), (Source("traces", "mlflow", server.url, project="7"),))
        app = start("manage/sources.py")
        app.button(key="sync_now").click().run()
        assert not app.exception
    assert "1 records read, 1 loaded" in everything(app)
    assert "1 record is incomplete at the source" in app.warning[0].value
    assert "trace tr-1 has no spans" in app.warning[0].value
