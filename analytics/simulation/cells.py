"""What each class of traffic would cost on each model, and how long it would take: means, for choosing between models."""

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, group_sums
from analytics.simulation.ground import Ground

UNPRICED_USD = 1e30


def class_costs(ground: Ground, models: IntArray, route: BoolArray) -> FloatArray:
    """USD of the route's traffic by class and model at mean token ratios; an unpriced model is dearer than any other.

    Classes without traffic take the costs of the whole route.
    """
    costs = np.full((len(ground.use_case), len(models)), UNPRICED_USD)
    use_case = ground.use_case[ground.group]
    for position, model in enumerate(models):
        bill = ground.bills[model]
        if bill is None:
            continue
        tokens_in = ground.input_ratio.ratio(ground.logged, int(model), use_case)
        tokens_out = ground.output_ratio.ratio(ground.logged, int(model), use_case)
        usd = np.where(route, bill.input_usd * tokens_in + bill.output_usd * tokens_out + bill.fixed_usd, 0.0)
        costs[:, position] = np.bincount(ground.group, usd, len(ground.use_case))
    silent = costs.sum(axis=1) == 0
    costs[silent] = costs[~silent].sum(axis=0) if (~silent).any() else costs[silent]
    return costs


def costs_each(ground: Ground, models: IntArray, route: BoolArray) -> FloatArray:
    """USD of a request of each class on each model, (classes, models): `class_costs` over the route's requests."""
    requests = group_sums(ground.group, np.where(route, ground.traffic.requests, 0.0), len(ground.use_case))
    requests = np.where(requests > 0, requests, max(1.0, float(requests.sum())))
    result: FloatArray = class_costs(ground, models, route) / requests[:, None]
    return result


def class_latencies(ground: Ground, models: IntArray) -> FloatArray:
    """Milliseconds of all requests of each class on each model, (classes, models); logged times where a model stays."""
    traffic, latency = ground.traffic, ground.latency
    use_case = ground.use_case[ground.group]
    tokens = traffic.output_tokens / np.maximum(traffic.attempts, 1.0) * traffic.requests
    timed = traffic.latency_n > 0
    logged_ms = np.where(timed, traffic.latency_ms / np.maximum(traffic.latency_n, 1.0), 0.0) * traffic.requests
    columns = []
    for model in models:
        start = latency.first_ms[:, model].mean() + latency.offset_ms[:, :, model].mean(axis=0)[use_case]
        ratio = ground.output_ratio.ratio(ground.logged, int(model), use_case)
        moved = traffic.requests * start + tokens * ratio * latency.each_ms[:, model].mean()
        stays = timed & (ground.logged == model)
        columns.append(group_sums(ground.group, np.where(stays, logged_ms, moved), len(ground.use_case)))
    return np.stack(columns, axis=1)
