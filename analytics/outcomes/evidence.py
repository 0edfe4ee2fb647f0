"""The evidence on one metric, laid out by class and model: what the outcome model is fitted to."""

from dataclasses import dataclass, replace

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, cell_sums, divided
from analytics.outcomes.classes import Classes
from analytics.outcomes.observations import Observations, PairSums, Scores
from analytics.outcomes.tables import PairTable, ScoreTable

MOST_PATTERNS = 64


@dataclass(frozen=True)
class Prompts:
    """Side-by-side prompts: `group` (prompts,) is the class, the tables are (prompts, models), NaN where unknown."""

    prompt_id: StrArray
    group: IntArray
    weight: FloatArray
    quality: FloatArray
    judge: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    latency_ms: FloatArray

    def __len__(self) -> int:
        return len(self.group)

    def only(self, chosen: BoolArray) -> "Prompts":
        return Prompts(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Evidence:
    """All scores of `metric`. `requests` (classes, models) is the log's traffic, from which shares are taken."""

    classes: Classes
    models: tuple[str, ...]
    metric: str | None
    requests: FloatArray
    explored: Scores
    logged: Scores
    prompts: Prompts

    @property
    def scored(self) -> bool:
        """Whether there is any score at all."""
        return bool(self.explored.n.sum() + self.logged.n.sum() > 0 or np.isfinite(self.prompts.quality).any())

    def share(self) -> FloatArray:
        """Share of each class that each model served, (classes, models); 0 where the class has no traffic."""
        total = self.requests.sum(axis=1, keepdims=True)
        return divided(self.requests, total)

    def paired_n(self) -> FloatArray:
        """Effective side-by-side scores, (classes, models): (Σw)²/Σw²."""
        return effective_rows(
            np.isfinite(self.prompts.quality), self.prompts.weight, self.prompts.group, len(self.classes)
        )

    def observations(self) -> Observations:
        """The sums the regression is fitted to."""
        served = self.share()
        return Observations(_pair_sums(self.prompts, len(self.classes)), self.explored, self.logged, 1.0 - served)

    def halves(self, random: np.random.Generator) -> tuple["Evidence", "Evidence"]:
        """Two evidences that share no score: one to choose by, one to judge by.

        Prompts go by a coin. Sums of the log have no rows left to split, so each is thinned: Binomial(n, 1/2) of its
        rows go to the first half, with their mean drawn around the cell's with the variance of such a subsample.
        """
        explored, logged = thinned(self.explored, random), thinned(self.logged, random)
        coin: BoolArray = random.random(len(self.prompts)) < 0.5
        return (
            replace(
                self,
                explored=explored[0],
                logged=logged[0],
                prompts=self.prompts.only(coin),
            ),
            replace(
                self,
                explored=explored[1],
                logged=logged[1],
                prompts=self.prompts.only(~coin),
            ),
        )


def gather(
    classes: Classes,
    models: tuple[str, ...],
    metric: str | None,
    requests: FloatArray,
    scores: ScoreTable,
    pairs: PairTable,
) -> Evidence:
    """Lay the tables out by class and model; `models` holds every model that occurs in them."""
    number = {model: index for index, model in enumerate(models)}
    chosen = scores.metric == (metric or "")
    model = np.array([number[str(name)] for name in scores.model], dtype=np.int64)
    group = classes.find(scores.use_case, scores.tenth)
    shape = (len(classes), len(models))

    def summed(kind: BoolArray, values: FloatArray) -> FloatArray:
        rows = chosen & kind
        return cell_sums(shape, group[rows], model[rows], values[rows])

    seen, random = ~scores.explored, scores.explored
    logged = Scores(*(summed(seen, part) for part in (scores.n, scores.quality, scores.quality_squares)))
    weight = summed(random, scores.inverse_propensity)
    weight_squares = summed(random, scores.inverse_propensity_squares)
    rows = divided(weight**2, weight_squares)
    mean = divided(summed(random, scores.weighted_quality), weight)
    plain = summed(random, scores.n)
    square = divided(summed(random, scores.quality_squares), plain)
    explored = Scores(rows, rows * mean, rows * square)
    return Evidence(classes, models, metric, requests, explored, logged, _prompts(classes, number, pairs))


def _prompts(classes: Classes, number: dict[str, int], pairs: PairTable) -> Prompts:
    columns = np.array([number[model] for model in pairs.models], dtype=np.int64)

    def spread(table: FloatArray) -> FloatArray:
        wide = np.full((len(pairs.weight), len(number)), np.nan)
        if len(columns):
            wide[:, columns] = table
        return wide

    group = classes.find(pairs.use_case, pairs.tenth) if len(pairs.weight) else np.empty(0, dtype=np.int64)
    tables = (pairs.quality, pairs.judge, pairs.input_tokens, pairs.output_tokens, pairs.latency_ms)
    return Prompts(pairs.prompt_id, group, pairs.weight, *(spread(table) for table in tables))


def effective_rows(known: BoolArray, weight: FloatArray, group: IntArray, classes: int) -> FloatArray:
    """Kish's effective number of known rows by class, (classes, columns)."""
    total, squares = (np.zeros((classes, known.shape[1])) for _ in range(2))
    np.add.at(total, group, known * weight[:, None])
    np.add.at(squares, group, known * weight[:, None] ** 2)
    return divided(total**2, squares)


def _pair_sums(prompts: Prompts, classes: int) -> tuple[PairSums, ...]:
    """Sums by set of models that answered. Too many different sets (> 64) are taken apart into single models."""
    known = np.isfinite(prompts.quality)
    if not known.any():
        return ()
    code = known @ (1 << np.arange(known.shape[1], dtype=np.int64))
    codes = np.unique(code[code > 0])
    if len(codes) > MOST_PATTERNS:
        singles = [(known[:, m], np.array([m])) for m in range(known.shape[1]) if known[:, m].any()]
        return tuple(_pattern_sums(prompts, rows, members) for rows, members in singles)
    return tuple(_pattern_sums(prompts, code == one, np.flatnonzero(known[np.argmax(code == one)])) for one in codes)


def _pattern_sums(prompts: Prompts, rows: BoolArray, members: IntArray) -> PairSums:
    groups, at = np.unique(prompts.group[rows], return_inverse=True)
    weight, values = prompts.weight[rows], prompts.quality[np.ix_(rows, members)]
    total, squares = np.bincount(at, weight), np.bincount(at, weight**2)
    n = total**2 / squares
    totals, products = (
        np.zeros((len(groups), len(members))),
        np.zeros((len(groups), len(members), len(members))),
    )
    np.add.at(totals, at, weight[:, None] * values)
    np.add.at(products, at, weight[:, None, None] * values[:, :, None] * values[:, None, :])
    scale = n / total
    return PairSums(members, groups, n, totals * scale[:, None], products * scale[:, None, None])


def thinned(scores: Scores, random: np.random.Generator) -> tuple[Scores, Scores]:
    """Two halves of sums whose rows are gone: as `Evidence.halves` says."""
    n = scores.n
    first = np.minimum(random.binomial(np.round(n).astype(np.int64), 0.5), n)
    mean = divided(scores.total, n)
    square = divided(scores.squares, n)
    spread = np.maximum(square - mean**2, 0.0)
    noise = random.standard_normal(n.shape) * np.sqrt(spread * divided(first * (n - first), n))
    low, high = np.maximum(0.0, scores.total - (n - first)), np.minimum(first, scores.total)
    total = np.clip(first * mean + noise, low, high)
    part = divided(first, n)
    binary = np.isclose(scores.squares, scores.total)
    squares = np.where(binary, total, scores.squares * part)
    return Scores(first, total, squares), Scores(n - first, scores.total - total, scores.squares - squares)
