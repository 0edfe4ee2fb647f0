"""What training found, as it is told and as the database keeps it."""

import json
from dataclasses import dataclass, fields
from typing import Any

from analytics.learning.judged import Bin, Judged
from analytics.store import Store


@dataclass(frozen=True)
class Findings:
    """What training found. `pairs` side-by-side prompts and `logged` scored requests were learned from.

    apgr: of the gap between `weak` and `strong` model over all call shares, on unseen prompts; rule_apgr: of the mean
    gain per use case. Both None when too few prompts were answered by both. words: what speaks for each model.
    ways: the curves of the router, the rule and chance; bins: predicted against observed quality, both on unseen prompts;
    empty in what was trained before they were kept. trained_at: UTC, as text.
    """

    name: str
    version: int
    metric: str
    models: tuple[str, ...]
    pairs: int
    logged: int
    with_prompts: bool
    weak: str
    strong: str
    apgr: float | None
    rule_apgr: float | None
    words: dict[str, list[str]]
    ways: tuple[Judged, ...] = ()
    bins: tuple[Bin, ...] = ()
    trained_at: str = ""

    @property
    def reference(self) -> str:
        """How an architecture names this version."""
        return f"{self.name}@{self.version}"


def read_findings(store: Store) -> tuple[Findings, ...]:
    """What all routers of the database found, the latest first."""
    rows = store.rows(
        "SELECT findings, strftime(trained_at, '%Y-%m-%d %H:%M') FROM routers ORDER BY trained_at DESC, name, version DESC"
    )
    return tuple(_findings(json.loads(text), str(trained_at)) for text, trained_at in rows)


def _findings(kept: dict[str, Any], trained_at: str) -> Findings:
    known = {field.name: kept[field.name] for field in fields(Findings) if field.name in kept}
    known["models"] = tuple(known["models"])
    known.setdefault("words", {})  # forgotten with the prompts they were learned from
    known["ways"] = tuple(_judged(way) for way in known.get("ways", ()))
    known["bins"] = tuple(Bin(**one) for one in known.get("bins", ()))
    return Findings(**{**known, "trained_at": trained_at})


def _judged(kept: dict[str, Any]) -> Judged:
    return Judged(**{**kept, "share": tuple(kept["share"]), "quality": tuple(kept["quality"])})
