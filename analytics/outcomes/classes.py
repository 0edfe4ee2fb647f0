"""Classes: use case x complexity band, the unit in which evidence is pooled."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.outcomes.arrays import IntArray, StrArray

TENTHS = 10
MOST_USE_CASES = 200
OTHER = "(other)"


@dataclass(frozen=True)
class Classes:
    """The classes present in a question. `use_case` and `band` (classes,) index `use_cases` and the bands."""

    use_cases: tuple[str, ...]
    use_case: IntArray
    band: IntArray
    bands: int
    _number: dict[str, int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.use_case)

    def use_case_of(self, names: StrArray) -> IntArray:
        """Index of each name in `use_cases`; rare names count as "(other)"."""
        distinct, position = np.unique(names, return_inverse=True)
        numbers = [self._number.get(str(name), self._number.get(OTHER, 0)) for name in distinct]
        return np.asarray(numbers, dtype=np.int64)[position]

    def find_known(self, names: StrArray, tenths: IntArray) -> IntArray:
        """As `find`, with -1 for pairs that are no class here."""
        key = self.use_case_of(names) * self.bands + _band(tenths, self.bands)
        own = self.use_case * self.bands + self.band
        at = np.minimum(np.searchsorted(own, key), len(own) - 1)
        return np.where(own[at] == key, at, -1)

    def find(self, names: StrArray, tenths: IntArray) -> IntArray:
        """The class of each (use case, tenth of complexity); the pair must have been given to `build_classes`."""
        key = self.use_case_of(names) * self.bands + _band(tenths, self.bands)
        return np.searchsorted(self.use_case * self.bands + self.band, key)


def build_classes(members: Sequence[tuple[StrArray, IntArray]]) -> Classes:
    """Classes of all (use case, tenth) given; ten bands, or fewer where many use cases share the evidence.

    Beyond 200 use cases the least frequent ones become one, "(other)".
    """
    names = np.concatenate([part[0] for part in members]) if members else np.empty(0, dtype=np.str_)
    tenths = np.concatenate([part[1] for part in members]) if members else np.empty(0, dtype=np.int64)
    distinct, counts = np.unique(names, return_counts=True)
    kept = sorted(str(name) for name in distinct[np.argsort(-counts, kind="stable")[:MOST_USE_CASES]])
    if len(kept) < len(distinct):
        kept.append(OTHER)
    bands = TENTHS if len(kept) <= 25 else 5 if len(kept) <= 60 else 2
    number = {name: index for index, name in enumerate(kept)}
    found = Classes(tuple(kept), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), bands, number)
    keys = np.unique(found.use_case_of(names) * bands + _band(tenths, bands)) if len(names) else found.band
    return Classes(tuple(kept), keys // bands, keys % bands, bands, number)


def _band(tenths: IntArray, bands: int) -> IntArray:
    return tenths * bands // TENTHS
