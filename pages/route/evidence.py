"""How sure are we, and what would make us surer?"""

from functools import partial

import streamlit as st

from analytics.charts.evidence import (
    TERMS,
    checks_chart,
    grade_map,
    ladder_chart,
    overlap_sentence,
    overlap_table,
    plan_table,
)
from analytics.charts.format import share
from analytics.charts.markdown import plain
from analytics.policies import architecture_toml, assumed_checker, parse_architecture, single_model
from analytics.simulation.evidence_present import (
    check_sentence,
    check_title,
    contradicting,
    evidence_sentence,
    plan_answer,
    plan_sentence,
)
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.terms import show_terms
from pages.shared.view import current_view

view = current_view()
st.title("How sure are we, and what would make us surer?")
headline = st.container()
key = cached.key(view.store)
singles = [single_model(model) for model in cached.scope_options(*key)["model"][:8]]
offered = cached.offered_architectures(*key) | {one.name: architecture_toml(one) for one in singles}
offered |= {name: text for name, text in cached.shipped_architectures().items() if name not in offered}
left, right = st.columns([2, 1])
chosen = left.selectbox(
    "Architecture", list(offered), index=2 if view.store.kind == "demo" else 0, key="evidence_of", bind="query-params"
)
prompts = right.number_input(
    "Prompts you could run side by side", 10, 100_000, 300, 50, key="prompts", bind="query-params",
    help="Each is sent to all models in question, and every answer is scored.",
)  # fmt: skip
assessment = cached.assessment(*key, offered[chosen], view.scope)
headline.markdown(f"#### {evidence_sentence(assessment)}.")
if assumed := assumed_checker(parse_architecture(offered[chosen])):
    headline.warning(assumed)
planned = headline.empty()
planned.markdown(":gray[Working out what more prompts would bring.]")
for cell in assessment.suspicious:
    st.warning(
        f"{plain(cell.sentence)} Read some of these answers yourself; if they were marked wrongly, score them again and load "
        "them anew. Until then, leave the use case out of the scope."
    )

show_chart(grade_map(assessment), "grades", heading="Where other models were tried")
st.caption(
    "A: tried side by side or at random. B: seen in the log only. C: not tried, anything is possible. An orange edge marks what "
    "this architecture uses."
)
if assessment.projection.settle:
    st.info(plain(assessment.projection.settle))

checks, ladder = st.columns([3, 2], gap="large")
with checks:
    st.subheader(check_title(assessment))
    show_chart(checks_chart(assessment, contradicting(assessment)), "checks")
    st.markdown(check_sentence(assessment))
    for check in assessment.checks:
        if check.why_not:
            st.markdown(f"- {check.name}: {check.why_not}")
        elif check.unsupported >= 0.0005:
            st.markdown(
                f"- {check.name} leaves out {share(check.unsupported)} of the traffic, of which the log shows nothing."
            )
plan = cached.sampling_plan(*key, offered[chosen], view.scope, int(prompts))
planned.markdown(plain(plan_answer(plan)))
with ladder:
    st.subheader("What more prompts would bring")
    show_chart(ladder_chart(plan), "more_prompts")

st.subheader("What to run side by side")
st.markdown(plain(plan_sentence(plan)))
show_table(plan_table(plan), "plan")
st.download_button(
    "Download the prompts to run", partial(cached.prompt_list, *key, offered[chosen], view.scope, int(prompts)),
    "prompts.csv", "text/csv", on_click="ignore", type="primary", disabled=view.store.remote is not None,
    help="The requests of this log stay in a warehouse: load an extract of them into a database of its own to draw from it."
    if view.store.remote else None,
)  # fmt: skip
st.caption(
    "Drawn at random from the log. Send each prompt to the models named in its row, add model and quality, one row per answer, "
    "and load the file as side-by-side outcomes on the Sources page. Keep inclusion_probability: it says how much an answer counts."
)

st.subheader("How far the log reaches")
st.markdown(overlap_sentence(assessment))
with st.expander("By use case and model"):
    show_table(overlap_table(assessment), "overlap")
show_terms(TERMS)
metric = f"Quality is '{assessment.metric}'." if assessment.metric else "No answer is scored."
st.caption(f"{metric} All models count as evidence, whichever are chosen as scope.{view.days_note}")
