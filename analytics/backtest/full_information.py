"""Full information: what every model answered on every prompt. Only there can a projection be compared with the truth."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analytics.errors import SimulationError
from analytics.logs import load_outcomes
from analytics.outcomes import read_pairs, read_scores
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, integers
from analytics.outcomes.tables import choose_metric, paired_metrics
from analytics.people import acting_as, operating_system_user
from analytics.scope import Scope
from analytics.store import Store, open_store

LEAST_PROMPTS = 50


@dataclass(frozen=True)
class FullInformation:
    """`quality` (prompts, models) without a gap; `bin` is the complexity in hundredths, `prompt` the text, where known. `incomplete` prompts are left out."""

    models: tuple[str, ...]
    metric: str
    use_case: StrArray
    bin: IntArray
    quality: FloatArray
    prompt: StrArray
    incomplete: int

    def __len__(self) -> int:
        return len(self.use_case)

    @property
    def strongest(self) -> int:
        """The model that is right most often."""
        return int(self.quality.mean(axis=0).argmax())

    @property
    def weakest(self) -> int:
        """The model that is right least often."""
        return int(self.quality.mean(axis=0).argmin())

    def only(self, chosen: BoolArray) -> "FullInformation":
        """The chosen prompts."""
        return FullInformation(
            self.models, self.metric, self.use_case[chosen], self.bin[chosen], self.quality[chosen], self.prompt[chosen],
            self.incomplete,
        )  # fmt: skip

    def without(self, use_cases: Sequence[str]) -> "FullInformation":
        """All prompts but those of some use cases. Raises SimulationError for a use case that is not there."""
        unknown = sorted(set(use_cases) - set(map(str, self.use_case)))
        if unknown:
            raise SimulationError(f"No prompt has the use case '{unknown[0]}': check its spelling.")
        return self.only(~np.isin(self.use_case, list(use_cases)))


def read_full_information(file: Path, metric: str | None = None) -> FullInformation:
    """Read a file of side-by-side outcomes; prompts that not every model answered are counted and left out.

    Raises LoadError when the file cannot be read, SimulationError when it cannot be replayed.
    """
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "outcomes.duckdb"
        # A database of its own that is gone in a moment: whoever may look may do that.
        with acting_as(operating_system_user()):
            load_outcomes(database, file)
        return full_information_of(open_store(database), metric, file.name)


def full_information_of(store: Store, metric: str | None = None, name: str = "This database") -> FullInformation:
    """The side-by-side prompts of a database that every model answered. Raises SimulationError when they are too few."""
    chosen = choose_metric(read_scores(store, Scope()), paired_metrics(store), metric)
    pairs = read_pairs(store, chosen, 0)
    bins = store.columns(
        "SELECT coalesce(min(complexity_bin), 0)::BIGINT AS bin, coalesce(min(prompt), '') AS prompt "
        "FROM outcomes GROUP BY prompt_id ORDER BY prompt_id"
    )
    complete = np.isfinite(pairs.quality).all(axis=1)
    if len(pairs.models) < 2 or complete.sum() < LEAST_PROMPTS:
        common = f"{len(pairs.models)} answered {int(complete.sum())} in common" if pairs.models else "none did"
        raise SimulationError(
            f"{name} cannot be replayed: a backtest needs two models or more that all answered the same prompts, "
            f"{LEAST_PROMPTS} of them at least; here {common}."
        )
    return FullInformation(
        pairs.models, chosen or "quality", pairs.use_case[complete], integers(bins["bin"])[complete],
        pairs.quality[complete], np.asarray(bins["prompt"])[complete], int((~complete).sum()),
    )  # fmt: skip
