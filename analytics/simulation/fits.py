"""The outcome model is fitted once per evidence: sliders that change prices or routes must not wait for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from analytics.outcomes import QualityModel

MOST_KEPT = 8

_kept: OrderedDict[tuple[object, ...], QualityModel] = OrderedDict()
_lock = threading.Lock()


def fit_once(key: tuple[object, ...], fit: Callable[[], QualityModel]) -> QualityModel:
    """The model kept under `key`, else the one that `fit` makes; the eight used last are kept."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = fit()
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return made
