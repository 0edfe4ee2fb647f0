"""The learned router on real answers, by RouteLLM's measure: APGR over call share, prompts in folds, ranks within folds.

The use case is known; all its statistics come from training folds. Beside it a rule per use case, plain ridge regression on
TF-IDF and use case, and the same router trained on shuffled outcomes, which must find nothing.
"""

import time
from pathlib import Path

import numpy as np

from analytics.backtest import FullInformation, read_full_information
from analytics.learning import Asked, fit_router
from analytics.learning.curves import apgr, threshold_curve
from tests.benchmarks.material import outcomes_file

FOLDS = 5


def ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks of scores, ties by order."""
    return np.argsort(np.argsort(scores, kind="stable"), kind="stable").astype(float)


def asked_of(full: FullInformation) -> Asked:
    """What the router may know of each prompt."""
    prompts = [str(text) for text in full.prompt]
    size = np.array([len(text) / 4 for text in prompts])
    return Asked(full.use_case, full.bin / 100, size, prompts, [""] * len(full))


def by_use_case(full: FullInformation, gain: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Mean gain of the use case in the training folds, pulled towards the mean by 30 prompts."""
    names, group = np.unique(full.use_case, return_inverse=True)
    n = np.bincount(group[train], minlength=len(names))
    total = np.bincount(group[train], gain[train], len(names))
    return ((total + 30 * gain[train].mean()) / (n + 30))[group[test]]


def ridge(full: FullInformation, gain: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Ridge regression of the gain on TF-IDF words and use case."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import OneHotEncoder

    text, names = TfidfVectorizer(min_df=2, sublinear_tf=True), OneHotEncoder(handle_unknown="ignore")
    prompts = full.prompt.astype(str)
    known = sparse.hstack([text.fit_transform(prompts[train]), names.fit_transform(full.use_case[train, None])])
    new = sparse.hstack([text.transform(prompts[test]), names.transform(full.use_case[test, None])])
    return Ridge(alpha=10.0).fit(known.tocsr(), gain[train]).predict(new.tocsr())


def folds(full: FullInformation, seed: int) -> np.ndarray:
    """Prompt-level folds, stratified by use case."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(full))
    order = order[np.argsort(full.use_case[order], kind="stable")]
    number = np.empty(len(full), dtype=np.int64)
    number[order] = np.arange(len(full)) % FOLDS
    return number


def run(full: FullInformation, seeds: int, shuffled: bool) -> dict[str, np.ndarray]:
    """APGR of every seed and fold, (seeds, folds), by method; and the seconds of one training."""
    pair = full.quality[:, [full.strongest, full.weakest]]
    asked, models = asked_of(full), ("strong", "weak")
    found: dict[str, list[float]] = {"learned": [], "rule": [], "ridge": [], "seconds": []}
    for seed in range(seeds):
        number = folds(full, 100 + seed)
        answers = pair[np.random.default_rng(seed).permutation(len(pair))] if shuffled else pair
        gain = answers[:, 0] - answers[:, 1]
        for fold in range(FOLDS):
            train, test = np.flatnonzero(number != fold), np.flatnonzero(number == fold)
            start = time.perf_counter()
            router = fit_router(models, asked.only(train), answers[train], np.ones(len(train)))
            found["seconds"].append(time.perf_counter() - start)
            predicted = router.predict(asked.only(test))
            scores = {"learned": predicted[:, 0] - predicted[:, 1]}
            if not shuffled:
                scores |= {"rule": by_use_case(full, gain, train, test), "ridge": ridge(full, gain, train, test)}
            for name, score in scores.items():
                curve = threshold_curve(ranks(score), answers[test, 1], answers[test, 0])
                found[name].append(apgr(curve) or 0.5)
        print(f"  seed {seed}: " + ", ".join(f"{k} {np.mean(v):.4f}" for k, v in found.items() if v), flush=True)
    return {name: np.array(values).reshape(-1, FOLDS) for name, values in found.items() if values}


def main(folder: Path, file: Path | None = None, seeds: int = 10) -> None:
    """Print the table; `file` holds outcomes with prompts of at least two models."""
    source = file or outcomes_file()
    if source is None:
        print("router: give a file of outcomes with prompts (python -m tests.benchmarks router FILE)")
        return
    whole = read_full_information(source)
    from analytics.backtest.present import suspicious_of

    broken = {cell.use_case for cell in suspicious_of(whole)}
    for title, full in (("without suspicious use cases", whole.without(sorted(broken))), ("all use cases", whole)):
        print(f"{title}: {len(full):,} prompts")
        found = run(full, seeds, shuffled=False)
        for name in ("learned", "ridge", "rule"):
            values = found[name].mean(axis=1)
            print(f"  {name:8} APGR {values.mean():.4f}, sd over fold seeds {values.std(ddof=1):.4f}")
        difference = (found["learned"] - found["ridge"]).mean(axis=1)
        print(f"  learned - ridge, paired: {difference.mean():+.4f}, sd over fold seeds {difference.std(ddof=1):.4f}")
        print(f"  slowest training {found['seconds'].max():.1f} s")
    control = run(whole.without(sorted(broken)), max(2, seeds // 3), shuffled=True)["learned"]
    print(f"shuffled outcomes: APGR {control.mean():.4f}, sd {control.std():.4f}")
