"""Which requests an architecture would send elsewhere, as a condition over the raw rows."""

from analytics.policies import Architecture, Cascade, Plan, models_of, route_sql
from analytics.store.segments import quoted


def moves_sql(architecture: Architecture) -> str:
    """True for a request whose first model under `architecture` would be another than the one that answered.

    The routes are `route_sql`'s own expression. A cascade begins with its first model. A split or a learned plan may
    keep the model when it is among theirs; such requests are not counted as moving.
    """
    stays = " ".join(f"WHEN {index} THEN {_stays(plan)}" for index, plan in enumerate(architecture.plans))
    return f"origin IS NULL AND NOT CASE ({route_sql(architecture)}) {stays} END"


def _stays(plan: Plan) -> str:
    models = plan.models[:1] if isinstance(plan, Cascade) else models_of(plan)
    return f"model IN ({', '.join(quoted(model) for model in models)})"
