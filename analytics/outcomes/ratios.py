"""How many tokens another model would have used: ratios per use case and model, with their uncertainty.

Output tokens differ by verbosity and by tokenizer, input tokens by tokenizer alone, so the two are measured apart.
Everything is relative to one reference, the model with the most traffic, on the log scale: a request logged on model l
that moves to m has its tokens multiplied by exp(t[u, m] - t[u, l]). Evidence, by use case:

* pairs: the ratio of sums over prompts that both answered (or, where the reference did not answer, over the tokens that
  the reference's logged requests of the same classes have);
* the log: the model's tokens over what the reference used in the same classes, discounted by how far the model's traffic
  was chosen rather than randomised.

A use case's ratio is shrunk to its model's; both have variances from the data. Without evidence the ratio is 1 and wide.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, IntArray, divided, named_noise
from analytics.outcomes.evidence import Evidence


@dataclass(frozen=True)
class LoggedTokens:
    """Sums over the log's attempts by class and model, each (classes, models)."""

    attempts: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    input_squares: FloatArray
    output_squares: FloatArray


@dataclass(frozen=True)
class TokenRatios:
    """Log-scale sizes relative to the reference: draws (draws, use cases, models) and their mean (use cases, models).

    `more` multiplies every ratio between two models: an assumption on top of what was measured.
    """

    draws: FloatArray
    mean: FloatArray
    known: tuple[bool, ...]
    more: float = 1.0

    def ratio_draws(self, logged: int, model: int) -> FloatArray:
        """Draws of the tokens of `model` over those of `logged`, (draws, use cases)."""
        result: FloatArray = np.exp(self.draws[:, :, model] - self.draws[:, :, logged])
        return result if model == logged else self.more * result

    def ratio(self, logged: IntArray, model: int, use_case: IntArray) -> FloatArray:
        """The mean ratio for requests of `use_case` logged on `logged`."""
        result: FloatArray = np.exp(self.mean[use_case, model] - self.mean[use_case, logged])
        return np.where(logged == model, result, self.more * result)


@dataclass(frozen=True)
class _Kind:
    """What is expected of a kind of token before data: spreads in logs."""

    row_spread: float
    model_scale: float
    use_case_scale: float
    selection_scale: float


UNPAIRED_SPREAD = 1.0  # of a prompt against the log's requests of its class: lengths of different requests
_INPUT = _Kind(row_spread=0.1, model_scale=0.1, use_case_scale=0.03, selection_scale=0.5)
_OUTPUT = _Kind(row_spread=0.6, model_scale=0.3, use_case_scale=0.1, selection_scale=0.1)


def fit_ratios(evidence: Evidence, logged: LoggedTokens, draws: int, seed: int) -> tuple[TokenRatios, TokenRatios]:
    """Ratios of input tokens and of output tokens for all models of the evidence."""
    prompts, use_cases = evidence.prompts, len(evidence.classes.use_cases)
    reference = int(logged.attempts.sum(axis=0).argmax()) if logged.attempts.size else 0
    centre = np.zeros(len(evidence.models))
    fitted: list[TokenRatios] = []
    sides = (
        (_INPUT, prompts.input_tokens, logged.input_tokens, logged.input_squares, 21),
        (_OUTPUT, prompts.output_tokens, logged.output_tokens, logged.output_squares, 22),
    )
    for kind, tokens, total, squares, stream in sides:
        paired = _paired_ratios(evidence, tokens, total, logged.attempts, reference, kind, use_cases)
        from_log = _logged_ratios(evidence, total, squares, logged.attempts, reference, kind, use_cases)
        value, precision = (paired[0] * paired[1] + from_log[0] * from_log[1]), paired[1] + from_log[1]
        value = divided(value, precision)
        noise = np.stack([named_noise(seed, stream, name, draws, use_cases + 1) for name in evidence.models], axis=2)
        fitted.append(_shrink(value, precision, centre, reference, kind, noise))
        centre = fitted[-1].mean.mean(axis=0)
    return fitted[0], fitted[1]


def _paired_ratios(
    evidence: Evidence,
    tokens: FloatArray,
    logged_tokens: FloatArray,
    attempts: FloatArray,
    reference: int,
    kind: _Kind,
    use_cases: int,
) -> tuple[FloatArray, FloatArray]:
    """Log ratios and their precisions from side-by-side prompts, each (use cases, models)."""
    group, weight = evidence.prompts.group, evidence.prompts.weight
    use_case = evidence.classes.use_case[group]
    value, precision = (np.zeros((use_cases, len(evidence.models))) for _ in range(2))
    mean = np.divide(logged_tokens, attempts, out=np.full_like(attempts, np.nan), where=attempts > 0)
    for model in range(len(evidence.models)):
        if model == reference:
            continue
        same, row_spread, extra = tokens[:, reference], kind.row_spread, 0.0
        rows = (tokens[:, model] > 0) & (same > 0)
        alone = (tokens[:, model] > 0) & (mean[group, reference] > 0)
        if rows.sum() < min(5, alone.sum()):
            same, row_spread, extra, rows = mean[group, reference], UNPAIRED_SPREAD, 0.1**2, alone
        if not rows.any():
            continue
        w, ours, theirs, at = weight[rows], tokens[rows, model], same[rows], use_case[rows]
        ours_sum, theirs_sum = (np.bincount(at, w * part, use_cases) for part in (ours, theirs))
        ratio = np.divide(ours_sum, theirs_sum, out=np.ones(use_cases), where=theirs_sum > 0)
        n = np.bincount(at, w, use_cases) ** 2 / np.maximum(np.bincount(at, w**2, use_cases), 1e-12)
        spread = np.bincount(at, w**2 * (ours - ratio[at] * theirs) ** 2, use_cases)
        per_row = _pooled_spread(n, spread / np.maximum(ours_sum, 1e-9) ** 2, row_spread**2)
        variance = per_row / np.maximum(n, 1e-9)
        value[:, model] = np.log(np.maximum(ratio, 1e-3)) + variance / 2.0
        precision[:, model] = np.where(n > 0, 1.0 / (variance + extra + 1e-8), 0.0)
    return value, precision


def _logged_ratios(
    evidence: Evidence,
    tokens: FloatArray,
    squares: FloatArray,
    attempts: FloatArray,
    reference: int,
    kind: _Kind,
    use_cases: int,
) -> tuple[FloatArray, FloatArray]:
    """Log ratios and precisions from the log: tokens used over tokens the reference has in the same classes."""
    use_case = evidence.classes.use_case

    def by_use_case(values: FloatArray) -> FloatArray:
        summed = np.zeros((use_cases, values.shape[1]))
        np.add.at(summed, use_case, values)
        return summed

    enough = (attempts[:, [reference]] >= 5) & (attempts > 0)
    mean = divided(tokens[:, [reference]], attempts[:, [reference]])
    expected = by_use_case(np.where(enough, attempts * mean, 0.0))
    used, n = by_use_case(np.where(enough, tokens, 0.0)), by_use_case(np.where(enough, attempts, 0.0))
    spread = by_use_case(np.where(enough, squares, 0.0)) - divided(used**2, n)
    known = (n >= 2) & (used > 0) & (expected > 0)
    value = np.log(np.divide(used, expected, out=np.ones_like(used), where=known))
    relative = np.divide(spread, used**2, out=np.zeros_like(used), where=known)
    usual = _pooled_spread(n[:, reference], relative[:, reference], kind.row_spread**2)
    per_row = np.array([_pooled_spread(n[:, model], relative[:, model], usual, 100.0) for model in range(n.shape[1])])
    variance = np.divide(per_row, n, out=np.ones_like(n), where=n > 0)
    value = value + variance / 2.0
    variance = variance + variance[:, [reference]]
    random_n, logged_n = by_use_case(evidence.explored.n), by_use_case(evidence.logged.n)
    chosen = 1.0 - divided(random_n, random_n + logged_n)
    precision = np.where(known, 1.0 / (variance + (kind.selection_scale * chosen) ** 2), 0.0)
    precision[:, reference] = 0.0
    return value, precision


def _pooled_spread(n: FloatArray, variance: FloatArray, usual: float, strength: float = 10.0) -> float:
    """Squared coefficient of variation of a row, from squared errors of use cases' means.

    Pooled and held towards the `usual` one: in a small sample of skewed sizes a low mean comes with a low variance, which
    would make it weigh too much.
    """
    return float(((n**2 * variance).sum() + strength * usual) / (n.sum() + strength))


def _shrink(
    value: FloatArray,
    precision: FloatArray,
    centre: FloatArray,
    reference: int,
    kind: _Kind,
    noise: FloatArray,
) -> TokenRatios:
    """Normal-normal shrinkage of use cases to their model and of models to `centre`, by EM, then draws.

    `noise` is standard normal, (draws, 1 + use cases, models).
    """
    spread, strength = kind.use_case_scale**2, 2.0
    others = np.arange(value.shape[1]) != reference
    within = np.divide(1.0, precision, out=np.full_like(precision, np.inf), where=precision > 0)
    for _ in range(20):
        weight = 1.0 / (within + spread)
        model_precision = weight.sum(axis=0) + 1.0 / kind.model_scale**2
        model = ((weight * value).sum(axis=0) + centre / kind.model_scale**2) / model_precision
        pull = precision / (precision + 1.0 / spread)
        deviation = pull * (value - model)
        left = 1.0 / (precision + 1.0 / spread) + (1.0 - pull) ** 2 / model_precision
        seen = (precision > 0) & others
        spread = float(
            (strength * kind.use_case_scale**2 + (deviation**2 + left)[seen].sum()) / (strength + seen.sum())
        )
    drawn_model = model + noise[:, :1] / np.sqrt(model_precision)
    drawn = pull * value + (1.0 - pull) * drawn_model
    drawn = drawn + noise[:, 1:] / np.sqrt(precision + 1.0 / spread)
    mean = pull * value + (1.0 - pull) * model
    variance = 1.0 / (precision + 1.0 / spread) + (1.0 - pull) ** 2 / model_precision
    drawn -= variance / 2.0  # so that the ratio itself, not its logarithm, has the stated mean
    drawn[:, :, reference], mean[:, reference] = 0.0, 0.0
    known = tuple(bool(flag) for flag in (precision > 0).any(axis=0) | ~others)
    return TokenRatios(drawn, mean, known)
