"""A run in a thread of its own, so that a page shows how it goes on and can stop it."""

import threading
from pathlib import Path

from analytics.errors import RoutecastError
from analytics.people import Person, acting_as, require_editor
from analytics.sidebyside.run import Standing
from analytics.sidebyside.work import go_on

_lock = threading.Lock()
_runs: dict[tuple[Path, str], "BackgroundRun"] = {}


class BackgroundRun:
    """A run under way: `what` it does, its `standing`, and `error` once it broke off."""

    def __init__(self, database: Path, run_id: str, max_usd: float | None) -> None:
        self.run_id, self.what, self.standing, self.error = run_id, "answers", Standing(0, 0, 0.0), ""
        self._stop = threading.Event()
        person = require_editor("run prompts side by side")
        self._thread = threading.Thread(
            target=self._work, args=(database, max_usd, person), name=f"run {run_id}", daemon=True
        )
        self._thread.start()

    def _work(self, database: Path, max_usd: float | None, person: Person) -> None:
        try:
            with acting_as(person):
                go_on(database, self.run_id, self._tell, self._stop.is_set, max_usd)
        except RoutecastError as error:
            self.error = str(error)
        except Exception as error:  # its text may hold anything: only its kind is told
            self.error = f"The run broke off ({type(error).__name__}): resume it."

    def _tell(self, what: str, standing: Standing) -> None:
        self.what, self.standing = what, standing

    @property
    def alive(self) -> bool:
        """Whether it is still going on."""
        return self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Make no more calls; those under way are waited for."""
        require_editor("stop a run")
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(seconds)


def start_in_background(database: Path, run_id: str, max_usd: float | None = None) -> BackgroundRun:
    """Carry on a run in this process; one that is under way already is given back."""
    with _lock:
        known = _runs.get((database, run_id))
        if known is None or not known.alive:
            known = _runs[database, run_id] = BackgroundRun(database, run_id, max_usd)
        return known


def under_way(database: Path, run_id: str) -> BackgroundRun | None:
    """The run as this process carried it out last, or None."""
    with _lock:
        return _runs.get((database, run_id))
