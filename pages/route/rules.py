"""The form of an architecture: its rules in order, what happens to the rest, and what routing itself costs."""

from dataclasses import dataclass, field, replace

import streamlit as st

from analytics.policies import Architecture, Overhead, Route, Use
from analytics.policies.architecture import Plan
from analytics.policies.drafts import Condition, condition_text, read_condition, unchecked
from pages.route.plan_form import plan_form, seeded

DRAFT = "simulate_draft"
MORE_HELP = "SQL over what is known before the answer, such as environment = 'staging' or input_tokens > 8000. It must hold as well as the above."


@dataclass
class Draft:
    """Rules being edited, in order, by number; numbers are never used again, so that each rule keeps its widgets."""

    architecture: Architecture
    series: int
    order: list[int] = field(default_factory=list)
    rules: dict[int, Route] = field(default_factory=dict)

    def add(self, route: Route) -> None:
        """A rule after the others."""
        number = max(self.rules, default=-1) + 1
        self.rules[number] = route
        self.order.append(number)

    def remove(self, number: int) -> None:
        """Take a rule out; its number stays taken."""
        self.order.remove(number)

    def lift(self, number: int) -> None:
        """Let a rule come one place earlier."""
        place = self.order.index(number)
        if place:
            self.order[place - 1], self.order[place] = self.order[place], self.order[place - 1]


def forget_draft() -> None:
    """The next form starts from the text again."""
    st.session_state.pop(DRAFT, None)


def has_draft() -> bool:
    """Whether a form is being edited."""
    return DRAFT in st.session_state


def architecture_form(
    start: Architecture | None, use_cases: list[str], models: list[str], routers: list[str]
) -> Architecture:
    """Draw the form, beginning with `start` unless one is being edited; returns the architecture as edited, unchecked."""
    draft: Draft = st.session_state[DRAFT] if start is None else _begin(start)
    key = f"form{draft.series}"
    name = st.text_input("Name", max_chars=200, key=seeded(f"{key}_name", draft.architecture.name))
    for place, number in enumerate(list(draft.order)):
        with st.container(border=True):
            draft.rules[number] = _rule(draft, number, place, use_cases, models, routers)
    st.button(
        "Add a rule", icon=":material/add:", key=f"{key}_add", on_click=_add, args=(draft, use_cases, models),
        help="Rules are read from the top: the first that matches a request decides.",
    )  # fmt: skip
    with st.container(border=True):
        st.markdown("**All other requests**" if draft.order else "**Every request**")
        default = plan_form(draft.architecture.default, f"{key}_default", models, routers)
    overhead = _overhead(draft.architecture.overhead, key)
    routes = tuple(draft.rules[number] for number in draft.order)
    draft.architecture = replace(draft.architecture, name=name or "", routes=routes, default=default, overhead=overhead)
    return draft.architecture


def _begin(start: Architecture) -> Draft:
    series = st.session_state.get("draft_series", 0) + 1
    st.session_state["draft_series"] = series
    draft = Draft(start, series)
    for route in start.routes:
        draft.add(route)
    st.session_state[DRAFT] = draft
    return draft


def _add(draft: Draft, use_cases: list[str], models: list[str]) -> None:
    condition = Condition(tuple(use_cases[-1:]), below=0.5)
    plan: Plan = Use(models[-1] if models else draft.architecture.models[0])
    draft.add(Route(unchecked(condition_text(condition)), plan))


def _rule(draft: Draft, number: int, place: int, use_cases: list[str], models: list[str], routers: list[str]) -> Route:
    route, key = draft.rules[number], f"form{draft.series}_{number}"
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"**Rule {place + 1}**")
    head.button(
        "", icon=":material/arrow_upward:", key=f"{key}_up", help="Read this rule earlier", disabled=not place,
        on_click=draft.lift, args=(number,), type="tertiary",
    )  # fmt: skip
    head.button(
        "", icon=":material/delete:", key=f"{key}_out", help="Remove this rule", on_click=draft.remove, args=(number,),
        type="tertiary",
    )  # fmt: skip
    condition = read_condition(route.when.text)
    offered = list(dict.fromkeys([*use_cases, *condition.use_cases]))
    named = st.multiselect(
        "Use cases", offered, key=seeded(f"{key}_cases", list(condition.use_cases)), placeholder="Any use case"
    )
    least, below = st.slider(
        "Complexity from, below", 0.0, 1.0, step=0.01, key=seeded(f"{key}_complexity", (condition.least, condition.below)),
        help="How demanding a request is, from 0 to 1, told before the answer from its use case and size, or taken from the log.",
    )  # fmt: skip
    more = st.text_input("and also", key=seeded(f"{key}_more", condition.more), help=MORE_HELP)
    plan = plan_form(route.plan, key, models, routers)
    return Route(unchecked(condition_text(Condition(tuple(named), least, below, more or ""))), plan)


def _overhead(overhead: Overhead, key: str) -> Overhead:
    left, right = st.columns(2)
    return Overhead(
        left.number_input("Routing adds, ms", 0.0, 1e7, step=5.0, key=seeded(f"{key}_overhead_ms", overhead.latency_ms)),
        right.number_input(
            "Routing costs, USD per request", 0.0, 1000.0, step=0.0001, format="%.5f",
            key=seeded(f"{key}_overhead_usd", overhead.cost_usd),
        ),
    )  # fmt: skip
