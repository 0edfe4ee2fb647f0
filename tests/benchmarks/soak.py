"""Thirty sessions click through all pages for `$ROUTECAST_SOAK_MINUTES` (10): errors, seconds per interaction, memory.

A session is a client of Streamlit's own protocol on a websocket, which asks for what a browser asks for and reads all that
comes: thirty real browsers on two cores would measure the browsers. An interaction is from the click until the server
says that the run has ended. `$ROUTECAST_BENCH_DB`: another database than the demo; `$ROUTECAST_SOAK_SESSIONS` (30).
"""

import asyncio
import os
import random
import subprocess
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from analytics import settings
from tests.benchmarks.interactions import PORT, wait_for_server
from tests.benchmarks.material import python

MINUTES = float(os.environ.get("ROUTECAST_SOAK_MINUTES", "10"))
SESSIONS = int(os.environ.get("ROUTECAST_SOAK_SESSIONS", "30"))
THINK_SECONDS = 2.0, 8.0
PAGE_SHARE = 0.4  # of clicks that open another page; the others change the scope or a control of the page
P95_SECONDS = 2.0
GROWTH_SHARE = 0.1  # of memory, from the end of the second minute on
RUN_SECONDS = 120.0


@dataclass
class Soak:
    """What all sessions saw. `times`: seconds by page; `wrong`: what must not be, by its text; `sentences`: clear refusals."""

    until: float
    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)


@dataclass
class Session:
    """One client: the pages it may open, the controls it sees, and what it has chosen."""

    soak: Soak
    random: random.Random
    pages: dict[str, str] = field(default_factory=dict)
    controls: dict[str, list[str]] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    page: str = ""
    query: str = ""

    async def live(self) -> None:
        """Connect, open the first page, click until the time is over."""
        address = f"ws://127.0.0.1:{PORT}/_stcore/stream"
        try:
            async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
                await self.run(socket)
                while time.monotonic() < self.soak.until:
                    await asyncio.sleep(self.random.uniform(*THINK_SECONDS))
                    self.click()
                    start = time.monotonic()
                    await self.run(socket)
                    name = next((name for name, page in self.pages.items() if page == self.page), "")
                    self.soak.times.setdefault(name, []).append(time.monotonic() - start)
        except TimeoutError:
            self.soak.wrong[f"no end within {RUN_SECONDS:g} s"] += 1
        except websockets.WebSocketException as error:
            self.soak.wrong[f"disconnected: {type(error).__name__}"] += 1

    def click(self) -> None:
        """Another page, or another choice in one of the controls that are on it."""
        if not self.controls or self.random.random() < PAGE_SHARE:
            self.page = self.random.choice(list(self.pages.values()))
            return
        # One narrowing at a time, as people do who compare: some hundred views, not every combination of them.
        control, options = self.random.choice(list(self.controls.items()))
        self.chosen = {control: [self.random.choice(options)]}

    async def run(self, socket: websockets.ClientConnection) -> None:
        """Ask for a run and read until it has ended."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.query_string = self.query
        states = [WidgetState(id=name, string_array_value={"data": value}) for name, value in self.chosen.items()]  # type: ignore[arg-type]
        message.rerun_script.widget_states.widgets.extend(states)
        await socket.send(message.SerializeToString())
        self.controls = {}
        async with asyncio.timeout(RUN_SECONDS):
            while True:
                answer = ForwardMsg.FromString(await socket.recv())  # type: ignore[arg-type]
                if self.ended(answer):
                    return

    def ended(self, answer: ForwardMsg) -> bool:
        """Take in what came; whether the run is over."""
        kind = answer.WhichOneof("type")
        if kind == "navigation":
            self.pages = {
                page.page_name: page.page_script_hash for page in answer.navigation.app_pages if not page.is_hidden
            }
            self.page = answer.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = answer.page_info_changed.query_string
        elif kind == "delta":
            self.look(answer)
        return kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def look(self, answer: ForwardMsg) -> None:
        """Note controls and errors among the elements."""
        element = answer.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "multiselect" and not element.multiselect.form_id and element.multiselect.options:
            self.controls[element.multiselect.id] = list(element.multiselect.options)
        elif kind == "button_group" and not element.button_group.form_id:
            self.controls[element.button_group.id] = [option.content for option in element.button_group.options]
        elif kind == "exception":
            self.soak.wrong[f"{element.exception.type}: {element.exception.message[:200]}"] += 1
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            incident = "could not be drawn" in element.alert.body
            (self.soak.wrong if incident else self.soak.sentences)[element.alert.body[:200]] += 1


def main(folder: Path) -> None:
    """Serve the demo, let them click, tell what came of it."""
    database = os.environ.get("ROUTECAST_BENCH_DB") or str(settings.demo_database())
    command = [str(Path(python()).with_name("streamlit")), "run", "app.py", "--server.port", str(PORT)]
    with (folder / "server.txt").open("wb") as log:
        environment = os.environ | {"ROUTECAST_DB": database}
        server = subprocess.Popen(command, cwd=settings.home, env=environment, stdout=log, stderr=log)
        try:
            wait_for_server()
            soak, memory = asyncio.run(_soak(server.pid))
            used = _processor_seconds(server.pid)
        finally:
            server.terminate()
            server.wait()
    _report(soak, memory, used)
    for line in deque((folder / "server.txt").open(encoding="utf-8", errors="replace"), 40 if soak.wrong else 0):
        print(f"    {line.rstrip()}")


async def _soak(pid: int) -> tuple[Soak, list[float]]:
    """All sessions at once; memory in MB at the start and after every half minute."""
    soak = Soak(time.monotonic() + MINUTES * 60)
    memory = [_memory_mb(pid)]

    async def watch() -> None:
        while time.monotonic() < soak.until:
            await asyncio.sleep(30)
            memory.append(_memory_mb(pid))

    await asyncio.gather(watch(), *(Session(soak, random.Random(number)).live() for number in range(SESSIONS)))
    return soak, memory


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _report(soak: Soak, memory: list[float], used: float) -> None:
    every = sorted(one for times in soak.times.values() for one in times)
    cuts = quantiles(every or [RUN_SECONDS] * 2, n=20)
    for name, times in sorted(soak.times.items(), key=lambda item: -max(item[1])):
        worst = sorted(times)[int(0.95 * len(times))]
        print(f"  {name:16} {len(times):5} interactions   p95 {worst:5.2f} s   slowest {max(times):5.2f} s")
    verdict = "ok" if cuts[18] <= P95_SECONDS else "TOO SLOW"
    print(
        f"{SESSIONS} sessions, {MINUTES:g} minutes, {len(every):,} interactions: p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s "
        f"(at most {P95_SECONDS:g}) {verdict}, slowest {every[-1]:.2f} s, {used / len(every):.2f} s of processor time each"
    )
    settled = memory[min(4, len(memory) - 2)]
    flat = "flat" if memory[-1] <= settled * (1 + GROWTH_SHARE) else "GROWS"
    print(f"memory of the server, MB every half minute: {', '.join(f'{one:.0f}' for one in memory)}: {flat}")
    print(f"errors: {sum(soak.wrong.values())} {'ok' if not soak.wrong else dict(soak.wrong)}")
    for text, count in soak.sentences.most_common(5):
        print(f"  said {count} times: {' '.join(text.split())}")
