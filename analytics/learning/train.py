"""Training a router on a log's own scores and pairs, and keeping what it predicts.

Five routers are trained, each without one fold of the prompts; whatever is predicted comes from the router that did not see
the prompt. Kept are predictions for the traffic and for the side-by-side prompts, so that a projection of learned routing is
made from choices on unseen prompts and from their real answers.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from analytics.errors import SimulationError
from analytics.learning.findings import Findings
from analytics.learning.judged import Judged, calibration_bins, cross_calibrated, judge_ways
from analytics.learning.material import FOLDS, Lessons, read_lessons, read_traffic_to_score, scored_models, uses_prompts
from analytics.learning.router import Router, fit_calibration, fit_router
from analytics.outcomes import choose_metric, paired_metrics, read_scores
from analytics.outcomes.arrays import FloatArray, IntArray
from analytics.scope import Scope
from analytics.store import Store, open_store
from analytics.store.catalogue import write_transaction
from analytics.store.insert import insert_rows

Progress = Callable[[float, str], None]
LEAST_PAIRS = 50
ROUNDING = 100  # predictions are kept to the hundredth
MOST_WORDS = 8


def train_router(
    database: Path, name: str = "default", metric: str | None = None, progress: Progress | None = None
) -> Findings:
    """Train a new version of the router `name` on the database's evidence and keep it there.

    Raises SimulationError when there is too little to learn from.
    """
    tell = progress or (lambda fraction, what: None)
    store = open_store(database)
    tell(0.05, "reading scores and prompts")
    chosen = choose_metric(read_scores(store, Scope()), paired_metrics(store), metric)
    with_prompts = uses_prompts(store)
    prompts = int(store.rows("SELECT count(DISTINCT prompt_id) FROM outcomes WHERE quality IS NOT NULL")[0][0])
    models = scored_models(store, chosen or "quality")
    if prompts < LEAST_PAIRS or len(models) < 2:
        raise SimulationError(
            f"There is too little to learn from: {prompts} prompts side by side and {len(models)} models with 30 scores, "
            f"where {LEAST_PAIRS} and 2 are needed. Load outcomes with `routecast outcomes FILE`."
        )
    lessons = read_lessons(store, models, chosen or "quality", with_prompts)
    pairs = lessons.paired
    routers = []
    for fold in range(FOLDS):
        tell(0.1 + 0.12 * fold, f"training without fold {fold + 1}")
        routers.append(_without(lessons, fold))
    predicted = _by_fold(routers, lessons, np.arange(len(lessons.fold)))
    calibration = fit_calibration(predicted[pairs], lessons.quality[pairs], lessons.importance[pairs])
    of_pairs = calibration.apply(predicted[pairs])
    tell(0.75, "predicting for the traffic")
    traffic = _traffic_rows(store, routers, calibration.apply, with_prompts)
    findings = _findings(name, chosen or "quality", lessons, predicted[pairs], routers, with_prompts)
    tell(0.95, "saving")
    return _save(database, store, findings, lessons.prompt_id[pairs], of_pairs, traffic)


def _without(lessons: Lessons, fold: int) -> Router:
    rows = np.flatnonzero(lessons.fold != fold)
    return fit_router(lessons.models, lessons.asked.only(rows), lessons.quality[rows], lessons.importance[rows])


def _by_fold(routers: list[Router], lessons: Lessons, rows: IntArray) -> FloatArray:
    predicted = np.empty((len(rows), len(lessons.models)))
    for fold, router in enumerate(routers):
        own = np.flatnonzero(lessons.fold[rows] == fold)
        if len(own):
            predicted[own] = router.predict(lessons.asked.only(rows[own]))
    return predicted


def _traffic_rows(
    store: Store, routers: list[Router], calibrate: Callable[[FloatArray], FloatArray], with_prompts: bool
) -> list[tuple[str, int, float, list[float]]]:
    """(use case, tenth, requests, predictions) of the traffic; alike ones are one row."""
    total: dict[tuple[str, int, tuple[float, ...]], float] = {}
    for asked, fold, tenth, n in read_traffic_to_score(store, with_prompts):
        # Without prompts a row stands for requests of every fold: the mean of the routers predicts for it.
        if with_prompts:
            predicted = np.empty((len(asked), len(routers[0].models)))
            for number, router in enumerate(routers):
                rows = np.flatnonzero(fold == number)
                predicted[rows] = calibrate(router.predict(asked.only(rows)))
        else:
            predicted = np.mean([calibrate(router.predict(asked)) for router in routers], axis=0)
        rounded = np.round(predicted * ROUNDING) / ROUNDING
        for row in range(len(n)):
            key = (str(asked.use_case[row]), int(tenth[row]), tuple(rounded[row].tolist()))
            total[key] = total.get(key, 0.0) + float(n[row])
    return [(use_case, tenth, n, list(vector)) for (use_case, tenth, vector), n in total.items()]


def _findings(
    name: str, metric: str, lessons: Lessons, predicted: FloatArray, routers: list[Router], with_prompts: bool
) -> Findings:
    """What is told of the router; `predicted` (pairs, models) comes from routers that did not see the prompt."""
    rows = lessons.paired
    quality, importance, fold = lessons.quality[rows], lessons.importance[rows], lessons.fold[rows]
    calibrated = cross_calibrated(predicted, quality, importance, fold)
    mean = np.array([np.nanmean(column) if np.isfinite(column).any() else np.nan for column in quality.T])
    strong, weak = int(np.nanargmax(mean)), int(np.nanargmin(mean))
    both = np.isfinite(quality[:, [strong, weak]]).all(axis=1)
    ways: tuple[Judged, ...] = ()
    if both.sum() >= LEAST_PAIRS:
        gain = (calibrated[:, strong] - calibrated[:, weak])[both]
        group = np.unique(lessons.asked.use_case[rows][both], return_inverse=True)[1]
        ways = judge_ways(gain, group, fold[both], quality[both, weak], quality[both, strong])
    gaps = {way.name: way.apgr for way in ways}
    return Findings(
        name, 0, metric, lessons.models, len(rows), len(lessons.fold) - len(rows), with_prompts, lessons.models[weak],
        lessons.models[strong], gaps.get("learned"), gaps.get("rule"), _words(lessons.models, routers),
        ways=ways, bins=calibration_bins(lessons.models, calibrated, quality, importance),
    )  # fmt: skip


def _words(models: tuple[str, ...], routers: list[Router]) -> dict[str, list[str]]:
    """For each model the columns that raise its prediction most above the other models', in the mean of all routers."""
    weight = {name: np.zeros(len(models)) for name in routers[0].features.columns if name}
    for router in routers:
        lead = router.weights - router.weights.mean(axis=0)
        for place, name in enumerate(router.features.columns):
            if name in weight:
                weight[name] += lead[:, place] / len(routers)
    found = {}
    for number, model in enumerate(models):
        ranked = sorted(weight, key=lambda name: -weight[name][number])
        found[model] = [name for name in ranked[:MOST_WORDS] if weight[name][number] > 0.02]
    return found


def _save(
    database: Path,
    store: Store,
    findings: Findings,
    prompt_id: np.ndarray,
    predicted: FloatArray,
    traffic: list[tuple[str, int, float, list[float]]],
) -> Findings:
    with write_transaction(database, "demo" if store.kind == "demo" else "own", "train a router") as transaction:
        catalogue = transaction.catalogue
        last = catalogue.execute(
            "SELECT coalesce(max(version), 0) FROM routers WHERE name = ?", [findings.name]
        ).fetchall()
        version = int(last[0][0]) + 1
        saved = replace(findings, version=version)
        transaction.detail = f"{saved.name}, version {version}, on {saved.metric}"
        catalogue.execute(
            "INSERT INTO routers VALUES (?, ?, ?, ?, ?, ?)",
            [saved.name, version, datetime.now(UTC), saved.metric, list(saved.models), json.dumps(asdict(saved))],
        )
        insert_rows(catalogue, "router_traffic", [(saved.name, version, *row) for row in traffic])
        rows = [
            (saved.name, version, str(one), vector.tolist()) for one, vector in zip(prompt_id, predicted, strict=True)
        ]
        insert_rows(catalogue, "router_prompts", rows)
    return saved
