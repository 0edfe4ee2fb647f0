"""What an architecture is: ordered routes from a predicate to a plan, a default plan, and overheads."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Use:
    """One model answers."""

    model: str


@dataclass(frozen=True)
class Split:
    """A weighted random split; weights sum to 1."""

    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Verifier:
    """What judges a cheap answer: P(accept) if it is right, P(accept) if it is wrong, and what judging costs."""

    true_accept: float
    false_accept: float
    cost_usd: float = 0.0
    latency_ms: float = 0.0


@dataclass(frozen=True)
class Cascade:
    """Models in order; an answer is kept when the verifier accepts it, or its judge score reaches `accept_at`."""

    models: tuple[str, ...]
    accept_at: float | None = None
    verifier: Verifier | None = None


@dataclass(frozen=True)
class Learned:
    """A model by predicted quality, in one of two ways.

    min_quality: the cheapest model predicted to reach it, else the one predicted best. worth_usd: what a good answer is worth
    more than a bad one; the model with the largest predicted quality x worth - cost, so that a dearer model must pay for itself
    on every request, and hopeless requests do not go to the dearest.
    """

    models: tuple[str, ...]
    min_quality: float | None = None
    router: str = "default@latest"
    worth_usd: float | None = None


Plan = Use | Split | Cascade | Learned


def models_of(plan: Plan) -> tuple[str, ...]:
    """The models a plan can send a request to, in its order."""
    if isinstance(plan, Use):
        return (plan.model,)
    if isinstance(plan, Split):
        return tuple(model for model, _ in plan.weights)
    return plan.models


@dataclass(frozen=True)
class Predicate:
    """A condition on a request: the user's text, checked SQL made from it, the columns it reads, and whether the
    traffic classes alone decide it.
    """

    text: str
    sql: str
    columns: frozenset[str]
    on_classes: bool


@dataclass(frozen=True)
class Route:
    """Requests that match `when` (and no route before) follow `plan`. An unknown (NULL) condition does not match."""

    when: Predicate
    plan: Plan


@dataclass(frozen=True)
class Overhead:
    """Added to every request, on top of its plan."""

    latency_ms: float = 0.0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Architecture:
    """A named policy."""

    name: str
    default: Plan
    description: str = ""
    routes: tuple[Route, ...] = ()
    overhead: Overhead = field(default_factory=Overhead)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the routes in order, the default last."""
        return (*(route.plan for route in self.routes), self.default)

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """Checkers of its cascades that keep what the file states, where others go by a judge's scores."""
        return tuple(plan.verifier for plan in self.plans if isinstance(plan, Cascade) and plan.verifier)

    @property
    def models(self) -> tuple[str, ...]:
        """Every model it can use, in order of first mention."""
        return tuple(dict.fromkeys(model for plan in self.plans for model in models_of(plan)))

    @property
    def columns(self) -> frozenset[str]:
        """Every column of a request that its routes look at."""
        return frozenset().union(*(route.when.columns for route in self.routes))

    @property
    def on_classes(self) -> bool:
        """Whether the traffic classes decide every route, so that no raw pass is needed."""
        return all(route.when.on_classes for route in self.routes)


def single_model(model: str) -> Architecture:
    """The architecture that sends everything to one model."""
    return Architecture(name=f"Single {model}", default=Use(model), description=f"Every request goes to {model}")
