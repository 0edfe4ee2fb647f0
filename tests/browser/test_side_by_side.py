"""Side by side in a real browser: a run that is stopped and resumed, blind votes by keys, and no key anywhere."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from analytics.sidebyside import list_runs, read_run
from analytics.sidebyside.votes import pairs_to_vote
from tests.sidebyside.test_run import KEY, MODELS, configure
from tests.sidebyside.upstream import Upstream, serve

PROMPTS, AT_ONCE, BEFORE_STOP = 20, 2, 6
Server = Callable[[], str]


@pytest.fixture
def heard(page: Page) -> list[bytes]:
    """Everything that the server sends to the page."""
    frames: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: frames.append(frame if isinstance(frame, bytes) else frame.encode()))

    page.on("websocket", listen)
    return frames


def started(page: Page, address: str, tmp_path: Path) -> None:
    """Open the page, upload the prompts, start the run."""
    file = tmp_path / "prompts.csv"
    file.write_text("prompt_id,prompt\n" + "".join(f"p{n},question {n}\n" for n in range(PROMPTS)), encoding="utf-8")
    page.goto(f"{address}/side-by-side")
    page.get_by_role("radio", name="A file").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(file))
    page.get_by_role("button", name=f"Run {2 * PROMPTS} calls").click()


def test_stop_resume_and_blind_votes(
    server: Server, page: Page, heard: list[bytes], own_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIDE_KEY", KEY)
    gate = threading.Event()

    def waiting(model: str, prompt: str, nth: int) -> str:
        if len(upstream.calls) >= BEFORE_STOP:
            gate.wait(120)
        return "ok"

    with serve(waiting) as upstream:
        upstream.answer = lambda model, prompt: f"the answer to {prompt} is {KEY if prompt.endswith(' 0') else 42}"
        configure(own_database, upstream, max_concurrent=AT_ONCE)
        started(page, server(), tmp_path)
        for _ in range(400):
            if len(upstream.calls) >= BEFORE_STOP:
                break
            page.wait_for_timeout(50)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("calls under way are waited for")).to_be_visible()
        gate.set()
        resume = page.get_by_role("button", name="open calls")
        expect(resume).to_be_visible()
        made = len(upstream.calls)
        # What was under way was waited for; each of the two endpoints takes its own.
        assert BEFORE_STOP <= made <= BEFORE_STOP + 2 * AT_ONCE
        expect(resume).to_have_text(f"Resume {2 * PROMPTS - made} open calls")
        resume.click()
        expect(page.get_by_text(f"{2 * PROMPTS} of {2 * PROMPTS} calls answered")).to_be_visible()
        assert Counter((one["model"], one["prompt"]) for one in upstream.calls).most_common(1)[0][1] == 1
        assert len(upstream.calls) == 2 * PROMPTS
        voted_by_keys(page, own_database)
        no_key_was_shown(page, heard, upstream)


def voted_by_keys(page: Page, database: Path) -> None:
    """Three votes, each by its key, on the pair that was to be voted on."""
    (run_id,) = list_runs(database)
    page.get_by_role("tab", name="Vote blind").click()
    panel = page.get_by_role("tabpanel", name="Vote blind")
    for number, (key, verdict) in enumerate((("1", "first"), ("3", "second"), ("2", "tie"))):
        pair = pairs_to_vote(read_run(database, run_id))[0]
        expect(panel.get_by_text(f"Votes: {number}. Pairs to go: {PROMPTS - number}.")).to_be_visible()
        assert not [model for model in MODELS if model in panel.inner_text()]
        page.keyboard.press(key)
        expect(panel.get_by_text(f"Votes: {number + 1}.")).to_be_visible()
        vote = read_run(database, run_id).votes[-1]
        assert (vote["prompt_id"], vote["first"], vote["second"], vote["verdict"]) == (*pair, verdict)


def no_key_was_shown(page: Page, heard: list[bytes], upstream: Upstream) -> None:
    """The upstream had the key, and sent it back in an answer; nobody else ever saw it."""
    assert upstream.keys == {KEY}
    assert heard
    assert any(b"(hidden)" in frame for frame in heard)
    assert not [frame for frame in heard if KEY.encode() in frame]
    assert KEY not in page.content()
