"""Two pytest plugins: which tests pass through which lines, and running only some tests, the quickest first."""

import contextlib
import sys
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest


class Tracer:
    """A pytest plugin: which tests pass through which lines of which files, and what each test takes."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.reached: dict[str, dict[int, set[str]]] = {str(file): defaultdict(set) for file in files}
        self.seconds: Counter[str] = Counter()
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        # A fixture of a module is laid for all its tests.
        with self._traced([one.nodeid for one in item.session.items if one.path == item.path]):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        with self._traced([item.nodeid]):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.add(report.nodeid)

    @contextlib.contextmanager
    def _traced(self, tests: list[str]) -> Generator[None]:
        seen: set[tuple[str, int]] = set()

        def lines(frame: Any, event: str, argument: Any) -> Any:
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            return lines

        sys.settrace(lambda frame, event, argument: lines if frame.f_code.co_filename in self.reached else None)
        try:
            yield
        finally:
            sys.settrace(None)
            for file, line in seen:
                self.reached[file][line].update(tests)


class Chosen:
    """A pytest plugin: only these tests, the quickest file and test first."""

    def __init__(self, tests: dict[str, float]) -> None:
        self.tests = tests

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        files: Counter[str] = Counter()
        for test, seconds in self.tests.items():
            files[test.split("::")[0]] += seconds
        kept = [item for item in items if item.nodeid in self.tests]
        items[:] = sorted(kept, key=lambda one: (files[one.nodeid.split("::")[0]], self.tests[one.nodeid]))
