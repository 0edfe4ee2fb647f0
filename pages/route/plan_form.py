"""The form of one plan: one model, a split, a cascade, or learned routing."""

from collections.abc import Sequence

import streamlit as st

from analytics.policies.architecture import Cascade, Learned, Plan, Split, Use, Verifier, models_of
from analytics.policies.drafts import shares
from analytics.simulation.strategies import ASSUMED

KINDS = {"use": "One model", "split": "Split", "cascade": "Cascade", "learned": "Learned"}
STATED, JUDGED = "a checker, figures stated", "a judge, scores measured"
HELP_KINDS = (
    "**One model** answers everything. **Split**: each model answers a share, drawn at random. **Cascade**: the cheap model answers first, "
    "and another is asked where its answer is refused. **Learned**: a trained router predicts which model is good enough."
)
HELP_CASCADE = (
    "The first model answers, and a checker decides whether the answer is kept or the next model is asked. It saves money while few "
    "answers go on: fewer than 1 - (cheap + checker) / strong. Source: [FrugalGPT](https://arxiv.org/abs/2305.05176)."
)
HELP_VERIFIER = (
    "A checker keeps most right answers and lets some wrong ones pass. Measure both shares on answers you have scored and state them here, "
    "or take the judge's scores of your side-by-side outcomes (`judge_score`), which are measured. Source: [FrugalGPT](https://arxiv.org/abs/2305.05176)."
)
HELP_LEARNED = (
    "A router trained on your scores predicts, before the answer, how good each model's would be, and takes the cheapest that is good "
    "enough. Its gain is estimated on requests it has not seen. Source: [RouteLLM](https://arxiv.org/abs/2406.18665)."
)


def seeded(key: str, value: object) -> str:
    """The key of a widget, which shows `value` until somebody changes it."""
    st.session_state.setdefault(key, value)
    return key


def plan_form(plan: Plan, key: str, models: Sequence[str], routers: list[str]) -> Plan:
    """Draw the form of `plan`; returns the plan as edited, which may be incomplete."""
    left, right = st.columns([3, 2], gap="medium")
    kind = left.segmented_control(
        "Answered by", list(KINDS), required=True, format_func=KINDS.__getitem__, key=seeded(f"{key}_kind", _kind(plan)),
        help=HELP_KINDS,
    )  # fmt: skip
    chosen = [*models_of(plan)]
    offered = list(dict.fromkeys([*models, *chosen]))
    if kind == "use":
        model = right.selectbox(
            "Model", offered, key=seeded(f"{key}_use", chosen[0]), accept_new_options=True,
            help="Type the name of a model that is not listed.",
        )  # fmt: skip
        return Use(model or chosen[0])
    default = chosen if len(chosen) > 1 else [*chosen, *(model for model in offered if model not in chosen)][:2]
    if kind == "cascade" and len(chosen) < 2:
        # Models are offered dearest first, and a cascade asks the cheap one before the dear.
        default = sorted(default, key=offered.index, reverse=True)
    words = "Models, in the order they are asked" if kind == "cascade" else "Models"
    picked = st.multiselect(
        words, offered, key=seeded(f"{key}_models", default), accept_new_options=True,
        help={"cascade": HELP_CASCADE, "learned": HELP_LEARNED}.get(kind),
    )  # fmt: skip
    if kind == "split":
        return _split(plan, key, picked)
    return _cascade(plan, key, picked) if kind == "cascade" else _learned(plan, key, picked, routers)


def _kind(plan: Plan) -> str:
    kinds: dict[type, str] = {Use: "use", Split: "split", Cascade: "cascade", Learned: "learned"}
    return kinds[type(plan)]


def _split(plan: Plan, key: str, picked: list[str]) -> Split:
    before = dict(plan.weights) if isinstance(plan, Split) else {}
    weights = [
        st.slider(
            f"Weight of {model}", 0, 100, key=seeded(f"{key}_weight_{model}", round(100 * before.get(model, 0.5)))
        )
        for model in picked
    ]
    return Split(shares(picked, weights))


def _cascade(plan: Plan, key: str, picked: list[str]) -> Cascade:
    judged = isinstance(plan, Cascade) and plan.verifier is None
    accept_at = plan.accept_at if isinstance(plan, Cascade) and plan.accept_at is not None else 0.7
    verifier = plan.verifier if isinstance(plan, Cascade) and plan.verifier else ASSUMED
    rule = st.segmented_control(
        "An answer is kept by", [STATED, JUDGED], required=True, help=HELP_VERIFIER,
        key=seeded(f"{key}_accept", JUDGED if judged else STATED),
    )  # fmt: skip
    if rule == JUDGED:
        return Cascade(tuple(picked), st.slider("Least judge score", 0.0, 1.0, key=seeded(f"{key}_at", accept_at)))
    left, right = st.columns(2)
    true_accept = left.slider(
        "Share of right answers it keeps", 0.0, 1.0, key=seeded(f"{key}_true", verifier.true_accept)
    )
    false_accept = right.slider(
        "Share of wrong answers it keeps", 0.0, 1.0, key=seeded(f"{key}_false", verifier.false_accept)
    )
    left, right = st.columns(2)
    cost_usd = left.number_input(
        "Checking an answer costs, USD",
        0.0,
        1000.0,
        step=0.0001,
        format="%.5f",
        key=seeded(f"{key}_usd", verifier.cost_usd),
    )
    latency_ms = right.number_input(
        "Checking takes, ms", 0.0, 1e7, step=50.0, key=seeded(f"{key}_ms", verifier.latency_ms)
    )
    return Cascade(tuple(picked), verifier=Verifier(true_accept, false_accept, cost_usd, latency_ms))


def _learned(plan: Plan, key: str, picked: list[str], routers: list[str]) -> Learned:
    before = plan if isinstance(plan, Learned) else Learned((), min_quality=0.9)
    left, middle, right = st.columns([1.4, 1, 1])
    by_worth = left.segmented_control(
        "Takes", ["the cheapest that is good enough", "what is worth its price"], required=True,
        key=seeded(f"{key}_by", "the cheapest that is good enough" if before.worth_usd is None else "what is worth its price"),
    ) == "what is worth its price"  # fmt: skip
    router = right.selectbox(
        "Router", list(dict.fromkeys([*routers, before.router])), key=seeded(f"{key}_router", before.router),
        help="Train one on the page Learned. Before that, quality is predicted from use case and complexity alone.",
    )  # fmt: skip
    if by_worth:
        worth = middle.number_input(
            "A good answer is worth, USD", 0.0, 1e6, step=0.01, format="%.3f", key=seeded(f"{key}_worth", before.worth_usd or 0.1),
            help="More than a bad one. A dearer model answers where its better prediction is worth its higher price.",
        )  # fmt: skip
        return Learned(tuple(picked), None, router or before.router, worth)
    least = middle.slider("Least predicted quality", 0.0, 1.0, key=seeded(f"{key}_least", before.min_quality or 0.9))
    return Learned(tuple(picked), least, router or before.router)
