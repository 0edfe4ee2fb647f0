"""The form of an architecture: its rules in order, what happens to the rest, and what routing itself costs."""

from dataclasses import dataclass, field

import streamlit as st

from analytics.policies import Architecture, Overhead, Route, Use
from analytics.policies.architecture import Plan
from analytics.policies.drafts import Condition, condition_text, read_condition, unchecked
from analytics.reports import Choices
from pages.route.plan_form import plan_form, seeded

DRAFT = "simulate_draft"
MORE_HELP = "SQL over what is known before the answer, such as environment = 'staging' or input_tokens > 8000. It must hold as well as the above."
COMPLEXITY_HELP = (
    "How demanding a request is, from 0 to 1, told before the answer from its use case and size, or taken from the log. A rule takes "
    "requests from the first value up to, but without, the second."
)


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


def architecture_form(start: Architecture | None, choices: Choices, routers: list[str]) -> Architecture:
    """Draw the form, beginning with `start` unless one is being edited; returns the architecture as edited, unchecked."""
    draft: Draft = st.session_state[DRAFT] if start is None else _begin(start)
    key = f"form{draft.series}"
    left, right = st.columns([1, 2])
    name = left.text_input("Name", max_chars=200, key=seeded(f"{key}_name", draft.architecture.name))
    description = right.text_input(
        "Description", key=seeded(f"{key}_description", draft.architecture.description), placeholder="optional"
    )
    for place, number in enumerate(list(draft.order)):
        with st.container(border=True):
            draft.rules[number] = _rule(draft, number, place, choices, routers)
    st.button(
        "Add a rule", icon=":material/add:", key=f"{key}_add", on_click=_add, args=(draft, choices),
        help="Rules are read from the top: the first that matches a request decides.",
    )  # fmt: skip
    with st.container(border=True):
        st.markdown("**All other requests**" if draft.order else "**Every request**")
        default = plan_form(draft.architecture.default, f"{key}_default", choices.models, routers)
    overhead = _overhead(draft.architecture.overhead, key)
    draft.architecture = Architecture(
        name or "", default, description or "", tuple(draft.rules[number] for number in draft.order), overhead
    )
    return draft.architecture


def _begin(start: Architecture) -> Draft:
    series = st.session_state.get("draft_series", 0) + 1
    st.session_state["draft_series"] = series
    draft = Draft(start, series)
    for route in start.routes:
        draft.add(route)
    st.session_state[DRAFT] = draft
    return draft


def _add(draft: Draft, choices: Choices) -> None:
    condition = Condition(choices.use_cases[-1:], below=1.0 if choices.use_cases else 0.5)
    plan: Plan = Use(choices.models[-1] if choices.models else draft.architecture.models[0])
    draft.add(Route(unchecked(condition_text(condition)), plan))


def _rule(draft: Draft, number: int, place: int, choices: Choices, routers: list[str]) -> Route:
    route, key = draft.rules[number], f"form{draft.series}_{number}"
    condition = read_condition(route.when.text)
    wants_more = f"{key}_wants_more"
    further = bool(condition.more) or st.session_state.get(wants_more, False)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"**Rule {place + 1}**", width="stretch")
    if not further:
        head.button(
            "", icon=":material/filter_alt:", key=f"{key}_further", help="Add a further condition", type="tertiary",
            on_click=st.session_state.update, args=({wants_more: True},),
        )  # fmt: skip
    head.button(
        "", icon=":material/arrow_upward:", key=f"{key}_up", help="Read this rule earlier", disabled=not place,
        on_click=draft.lift, args=(number,), type="tertiary",
    )  # fmt: skip
    head.button(
        "", icon=":material/delete:", key=f"{key}_out", help="Remove this rule", on_click=draft.remove, args=(number,),
        type="tertiary",
    )  # fmt: skip
    left, right = st.columns([3, 2], gap="medium")
    offered = list(dict.fromkeys([*choices.use_cases, *condition.use_cases]))
    named = left.multiselect(
        "Requests of", offered, key=seeded(f"{key}_cases", list(condition.use_cases)), placeholder="any use case"
    )
    least, below = right.slider(
        _complexity_label(choices), 0.0, 1.0, step=0.01, help=COMPLEXITY_HELP,
        key=seeded(f"{key}_complexity", (condition.least, condition.below)),
    )  # fmt: skip
    more = st.text_input("and also", key=seeded(f"{key}_more", condition.more), help=MORE_HELP) if further else ""
    plan = plan_form(route.plan, key, choices.models, routers)
    return Route(unchecked(condition_text(Condition(tuple(named), least, below, more or ""))), plan)


def _complexity_label(choices: Choices) -> str:
    if choices.complexity is None:
        return "Complexity"
    least, _, most = choices.complexity
    return f"Complexity, here {least:g} to {most:g}"


def _overhead(overhead: Overhead, key: str) -> Overhead:
    ms, usd = seeded(f"{key}_overhead_ms", overhead.latency_ms), seeded(f"{key}_overhead_usd", overhead.cost_usd)
    words = f"Choosing a model adds {st.session_state[ms]:g} ms and {st.session_state[usd]:g} USD to each request"
    with st.expander(words, key=f"{key}_overhead"):
        left, right = st.columns(2)
        return Overhead(
            left.number_input("Milliseconds", 0.0, 1e7, step=5.0, key=ms),
            right.number_input("USD per request", 0.0, 1000.0, step=0.0001, format="%.5f", key=usd),
        )
