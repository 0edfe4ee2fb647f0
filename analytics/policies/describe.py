"""An architecture in plain sentences."""

from collections.abc import Callable

from analytics.policies.architecture import Architecture, Learned, Plan, Split, Use
from analytics.policies.drafts import Condition, read_condition

Money = Callable[[float], str]


def _dollars(usd: float) -> str:
    return f"${usd:g}"


def describe(architecture: Architecture, money: Money = _dollars) -> list[str]:
    """One sentence per route, one for the rest, one for the overhead; `money` writes amounts of USD."""
    sentences = [
        f"{_when(read_condition(route.when.text))}: {_plan(route.plan, money)}." for route in architecture.routes
    ]
    rest = "Everything else: " if sentences else "Every request: "
    sentences.append(f"{rest}{_plan(architecture.default, money)}.")
    overhead = architecture.overhead
    if overhead.latency_ms or overhead.cost_usd:
        added = [f"{overhead.latency_ms:g} ms"] if overhead.latency_ms else []
        added += [money(overhead.cost_usd)] if overhead.cost_usd else []
        sentences.append(f"Routing adds {' and '.join(added)} to every request.")
    return sentences


def kept_by_checkers(architecture: Architecture) -> str:
    """What the checkers of its cascades keep, as the file states; nothing where a judge's scores decide."""
    kept = [
        f"{one.true_accept:.0%} of right and {one.false_accept:.0%} of wrong answers" for one in architecture.verifiers
    ]
    return ", or ".join(dict.fromkeys(kept))


def assumed_checker(architecture: Architecture) -> str:
    """What is taken for granted of the checkers of its cascades; nothing where there are none."""
    kept = kept_by_checkers(architecture)
    if not kept:
        return ""
    return (
        f"The checker is assumed, not measured here: the architecture states that it keeps {kept}. "
        "Cost and quality are only as good as that."
    )


def _when(condition: Condition) -> str:
    """Which requests a rule takes; what is no use case or complexity stays as it is written."""
    named = condition.use_cases
    whose = (
        f" of {', '.join(named[:-1])} or {named[-1]}" if len(named) > 1 else "".join(f" of {name}" for name in named)
    )
    limits = [f"complexity of {condition.least:g} or more"] if condition.least > 0 else []
    limits += [f"complexity below {condition.below:g}"] if condition.below < 1 else []
    limited = f" with {' and '.join(limits)}" if limits else ""
    more = f" where {condition.more}" if condition.more.strip() else ""
    return f"Requests{whose}{limited}{more}"


def _plan(plan: Plan, money: Money) -> str:
    if isinstance(plan, Use):
        return f"{plan.model} answers"
    if isinstance(plan, Split):
        return " and ".join(f"{model} answers {weight:.0%}" for model, weight in plan.weights)
    if isinstance(plan, Learned):
        models = ", ".join(plan.models)
        if plan.worth_usd is not None:
            return f"whichever of {models} is predicted to be worth its price answers, a good answer being worth {money(plan.worth_usd)}"
        return f"the cheapest of {models} whose predicted quality reaches {plan.min_quality:.0%} answers"
    first, *rest = plan.models
    if plan.verifier:
        test = (
            f"a checker accepts it (which it does with {plan.verifier.true_accept:.0%} of right and "
            f"{plan.verifier.false_accept:.0%} of wrong ones)"
        )
    else:
        test = f"its judge score reaches {plan.accept_at:g}"
    return f"{first} answers first and its answer is kept when {test}; otherwise {', then '.join(rest)}"
