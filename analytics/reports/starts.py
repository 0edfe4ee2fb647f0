"""What an architecture of one's own begins with: the log's use cases, models and complexity, and a first rule made of them."""

from dataclasses import dataclass

from analytics import audit
from analytics.policies import Architecture, Cascade, Use
from analytics.policies.architecture import Route
from analytics.policies.drafts import Condition, condition_text
from analytics.policies.predicate import parse_predicate
from analytics.reports.offered import known_models, offered_architectures
from analytics.simulation.strategies import ASSUMED
from analytics.store import Store

FIRST_RULES, CHEAP_FIRST = "Our rules", "Cheap first"


@dataclass(frozen=True)
class Choices:
    """What the rules of a log can speak of. use_cases, models: dearest first; complexity: least, middle and most of its
    requests, from 0 to 1, None without requests.
    """

    use_cases: tuple[str, ...]
    models: tuple[str, ...]
    complexity: tuple[float, float, float] | None


def read_choices(store: Store) -> Choices:
    """What the log has to choose from."""
    bins = store.rows("SELECT complexity_bin, sum(requests)::BIGINT FROM classes GROUP BY 1 ORDER BY 1")
    return Choices(tuple(audit.scope_options(store)["use_case"]), tuple(known_models(store)), _spread(bins))


def _spread(bins: list[tuple[int, int]]) -> tuple[float, float, float] | None:
    """Least, middle and most complexity of requests counted by hundredths of it."""
    counted = [(place, count) for place, count in bins if count > 0]
    half, seen = sum(count for _, count in counted) / 2, 0
    for place, count in counted:
        seen += count
        if seen >= half:
            return counted[0][0] / 100, place / 100, counted[-1][0] / 100
    return None


def starting_points(store: Store) -> list[Architecture]:
    """What can be edited: what is offered on this log, on a user's own after a first rule and a first cascade, if two models are known."""
    offered = offered_architectures(store)
    if store.kind == "demo":
        return offered
    choices = read_choices(store)
    return [first_rules(choices), cheap_first(choices), *offered] if len(choices.models) > 1 else offered


def first_rules(choices: Choices) -> Architecture:
    """The dearest use case (the simpler half, if none has a name) goes to the second model, everything else to the dearest."""
    condition = Condition(choices.use_cases[:1])
    if not choices.use_cases:
        condition = Condition(
            below=choices.complexity[1] if choices.complexity and 0 < choices.complexity[1] < 1 else 0.5
        )
    dearest, second = choices.models[:2]
    route = Route(parse_predicate(condition_text(condition), "the first rule"), Use(second))
    return Architecture(FIRST_RULES, Use(dearest), routes=(route,))


def cheap_first(choices: Choices) -> Architecture:
    """The second model answers, and the dearest what an assumed checker refuses."""
    dearest, second = choices.models[:2]
    return Architecture(CHEAP_FIRST, Cascade((second, dearest), None, ASSUMED))
