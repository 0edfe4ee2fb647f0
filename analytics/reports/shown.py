"""The facts with every name made fit to be shown, clean, short, told apart, and the currency they are written in."""

from collections.abc import Iterable
from dataclasses import replace

from analytics.charts.moves import NAMELESS
from analytics.currency import USD, Currency
from analytics.policies import Architecture, describe
from analytics.reports.facts import Facts
from analytics.reports.spending import Spend
from analytics.reports.text import LABEL_CHARACTERS, clean, cut, distinct, name_text
from analytics.reports.waterfall import Waterfall, stacked
from analytics.simulation import Projection, Simulation
from analytics.simulation.moves import Move
from analytics.simulation.sensitivity import Tornado

MOST_USE_CASES = 10
MOST_MODELS = 6
OTHER_USE_CASES, OTHER_MODELS = "other use cases", "other models"


def shown_facts(facts: Facts, currency: Currency = USD) -> Facts:
    """The same facts with names for people, to be written in `currency`."""
    return replace(
        facts,
        simulation=shown_simulation(facts.simulation),
        policy=_policy(facts.architecture, currency),
        moves=_moves(facts.moves),
        waterfall=_waterfall(facts.waterfall, currency),
        by_model=_spend(facts.by_model),
        by_use_case=_spend(facts.by_use_case),
        tornado=_tornado(facts.tornado),
        currency=currency,
    )


def shown_simulation(simulation: Simulation) -> Simulation:
    """The same comparison with names for people."""
    names = distinct(one.name for one in simulation.projections)
    metric = simulation.metric
    return Simulation(
        simulation.requests_per_month, None if metric is None else name_text(metric),
        tuple(map(_projection, simulation.projections, names)),
    )  # fmt: skip


def _policy(architecture: Architecture | None, currency: Currency) -> tuple[str, ...]:
    if architecture is None:
        return ()
    sentences = describe(architecture, lambda usd: f"{currency.sign}{currency.amount(usd):g}")
    return tuple(cut(clean(sentence), 400) for sentence in sentences)


def _projection(one: Projection, name: str) -> Projection:
    models = distinct(one.model_share)
    return replace(
        one,
        name=name,
        model_share=dict(zip(models, one.model_share.values(), strict=True)),
        unpriced=tuple(map(name_text, one.unpriced)),
        settle=None if one.settle is None else cut(clean(one.settle), 400),
        latency_s=replace(one.latency_s, assumed=tuple(map(name_text, one.latency_s.assumed))),
    )


def _moves(moves: tuple[Move, ...]) -> tuple[Move, ...]:
    """With few use cases and models: the rest of either is one."""
    use_cases = _largest(((one.use_case, one.requests) for one in moves), MOST_USE_CASES, OTHER_USE_CASES)
    models = _largest(
        (pair for one in moves for pair in ((one.source, one.requests), (one.target, one.requests))),
        MOST_MODELS, OTHER_MODELS,
    )  # fmt: skip
    found: dict[tuple[str, str, str, bool], Move] = {}
    for one in moves:
        shown = replace(
            one, use_case=use_cases[one.use_case] or NAMELESS, source=models[one.source], target=models[one.target]
        )
        key = (shown.use_case, shown.source, shown.target, one.moves)
        found[key] = _joined(found[key], shown) if key in found else shown
    return tuple(sorted(found.values(), key=lambda one: -one.requests))


def _joined(one: Move, other: Move) -> Move:
    def added(first: float | None, second: float | None) -> float | None:
        return None if first is None or second is None else first + second

    return replace(
        one, requests=one.requests + other.requests, current_usd=added(one.current_usd, other.current_usd),
        new_usd=added(one.new_usd, other.new_usd),
    )  # fmt: skip


def _largest(weights: Iterable[tuple[str, float]], most: int, others: str) -> dict[str, str]:
    """Name -> name to show; what weighs least is `others` where there are more than `most`."""
    total: dict[str, float] = {}
    for name, weight in weights:
        total[name] = total.get(name, 0.0) + weight
    ranked = sorted(total, key=lambda name: -total[name])
    kept = ranked if len(ranked) <= most else ranked[: most - 1]
    labels = ["" if not name else label for name, label in zip(kept, distinct(kept, LABEL_CHARACTERS), strict=True)]
    return dict(zip(kept, labels, strict=True)) | dict.fromkeys(ranked[len(kept) :], others)


def _waterfall(found: Waterfall | None, currency: Currency) -> Waterfall | None:
    if found is None:
        return None
    found = stacked(found.parts, currency)
    names = distinct((bar.name for bar in found.bars), LABEL_CHARACTERS + 8)
    return replace(found, bars=tuple(replace(bar, name=name) for bar, name in zip(found.bars, names, strict=True)))


def _spend(rows: tuple[Spend, ...]) -> tuple[Spend, ...]:
    names = distinct((row.name for row in rows), LABEL_CHARACTERS)
    return tuple(replace(row, name=name) for row, name in zip(rows, names, strict=True))


def _tornado(found: Tornado | None) -> Tornado | None:
    if found is None:
        return None
    names = distinct(one.name for one in found.assumptions)
    return replace(
        found,
        assumptions=tuple(replace(one, name=name) for one, name in zip(found.assumptions, names, strict=True)),
        escalations=tuple(
            replace(one, model=name_text(one.model), next_model=name_text(one.next_model)) for one in found.escalations
        ),
    )
