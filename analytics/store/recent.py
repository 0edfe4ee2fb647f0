"""What took a while to find and may be asked for again soon."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Recent(Generic[Found]):
    """The `most` things used last, by what was asked; whoever gets one must not change it. Safe from any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Found] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, asked: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` gives, found once (two threads that ask at the same moment may both find it)."""
        with self._lock:
            if asked in self._found:
                self._found.move_to_end(asked)
                return self._found[asked]
        found = find()
        with self._lock:
            self._found[asked] = found
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return found
