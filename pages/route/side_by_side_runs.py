"""A run: how it goes on, what came of it, its answers, votes on them, and the evidence they add."""

from pathlib import Path

import streamlit as st

from analytics.charts.markdown import plain
from analytics.charts.side_by_side import (
    agreement_sentence,
    answer_caption,
    answer_markdown,
    models_table,
    run_notes,
    run_sentence,
    sharpened_sentence,
    standing_words,
)
from analytics.errors import RoutecastError
from analytics.sidebyside import PriceList, Run, order_of, outcome_rows, run_facts
from analytics.sidebyside.agreement import judge_agreement, preferences
from analytics.sidebyside.background import BackgroundRun, start_in_background, under_way
from analytics.sidebyside.outcomes import answers_of, metric_of
from analytics.sidebyside.sharpen import load_and_sharpen
from analytics.sidebyside.votes import Verdict, keep_vote, pairs_to_vote
from pages.shared import cached
from pages.shared.downloads import show_table
from pages.shared.states import show_error
from pages.shared.team import editors_only
from pages.shared.view import View


def show_run(view: View, database: Path, run_id: str) -> None:
    """Progress while it goes on, else everything it found."""
    working = under_way(database, run_id)
    if working is not None and working.alive:
        _progress(working)
        return
    if working is not None and working.error:
        st.error(f"**This run cannot go on**\n\n{plain(working.error)}")
    try:
        run = cached.side_run(database, run_id)
    except RoutecastError as error:
        show_error(error)
        return
    prices = PriceList(database)
    rows = outcome_rows(run, prices)
    facts = run_facts(run, rows)
    st.markdown(f"**Result.** {run_sentence(facts, view.currency)}")
    show_table(models_table(facts, view.currency), "side_run_models", {})
    for note in run_notes(facts, view.currency):
        st.markdown(f"- {note}")
    if run.order.get("forgotten"):
        st.caption("The prompts and answers of this run were forgotten; its numbers stay.")
        _buttons(database, run, 0, bool(rows))
        return
    _buttons(database, run, facts.open, bool(rows))
    if (kept := st.session_state.get("side_sharpened")) and kept[0] == run_id:
        st.success(kept[1])
    if facts.answered:
        look, vote = st.tabs(["Look", "Vote blind"])
        with look:
            _answers(view, run, {(row["prompt_id"], row["asked_model"]): row["quality"] for row in rows})
        with vote:
            _votes(database, run)


@st.fragment(run_every=1.0)
def _progress(working: BackgroundRun) -> None:
    """The bar, the money, and a way to stop."""
    if not working.alive:
        st.rerun()
    standing = working.standing
    fraction = standing.done / standing.total if standing.total else 0.0
    st.progress(min(fraction, 1.0), text=standing_words(working.what, standing))
    if working.stopping:
        st.caption("Stopping: calls under way are waited for, because they are paid.")
    elif st.button("Stop", key="side_stop", **editors_only()):
        working.stop()
        st.rerun(scope="fragment")


def _buttons(database: Path, run: Run, still_open: int, scored: bool) -> None:
    with st.container(horizontal=True):
        if still_open and st.button(f"Resume {still_open:,} open calls", key="side_resume", **editors_only()):
            start_in_background(database, run.run_id)
            st.rerun()
        if scored and st.button(
            "Add the scores to the evidence", type="primary", key="side_load",
            **editors_only("They become side-by-side outcomes of your own database; what is there already stays."),
        ):  # fmt: skip
            with st.spinner("Projecting before and after..."):
                loaded, found = load_and_sharpen(database, run)
            words = sharpened_sentence(found, metric_of(run))
            st.session_state["side_sharpened"] = (
                run.run_id, f"{loaded.loaded:,} scores added, {loaded.duplicates:,} were there already. {words}",
            )  # fmt: skip
            st.rerun()


def _answers(view: View, run: Run, scores: dict[tuple[str, str], float]) -> None:
    """One prompt, its answers next to each other; words the first answer does not have stand out in the others."""
    order, ends = order_of(run.order), answers_of(run)
    answered = {prompt_id for prompt_id, _ in ends}
    prompts = [one for one in order.prompts if one.prompt_id in answered]
    number = st.number_input(f"Prompt, of {len(prompts):,}", 1, len(prompts), 1, key="side_prompt")
    prompt = prompts[int(number) - 1]
    with st.expander("The prompt", expanded=len(prompt.text) < 600):
        st.markdown(answer_markdown(prompt.text, None))
    models = [model for model in order.models_of(prompt) if (prompt.prompt_id, model) in ends]
    first = ends[prompt.prompt_id, models[0]]["text"]
    if len(models) > 1:
        st.caption(f"Marked: what {plain(models[0])} does not say.")
    # Two in a row stay readable on a phone and on a desk.
    for start in range(0, len(models), 2):
        for column, model in zip(st.columns(2, gap="large"), models[start : start + 2], strict=False):
            end = ends[prompt.prompt_id, model]
            with column:
                st.markdown(f"**{plain(model)}**")
                st.caption(answer_caption(end, scores.get((prompt.prompt_id, model)), view.currency))
                st.markdown(answer_markdown(end["text"], None if model == models[0] else first))


def _votes(database: Path, run: Run) -> None:
    """Two answers without names; keys 1, 2 and 3 vote."""
    order = order_of(run.order)
    if order.judge:
        st.markdown(agreement_sentence(judge_agreement(run), preferences(run)))
    pairs = pairs_to_vote(run)
    if not pairs:
        st.markdown(f"Every pair of answers has a vote: {len(run.votes):,} in all.")
        return
    prompt_id, first, second = pairs[0]
    text = next(one.text for one in order.prompts if one.prompt_id == prompt_id)
    st.caption(f"Votes: {len(run.votes):,}. Pairs to go: {len(pairs):,}. Which model wrote which is not shown.")
    st.markdown(answer_markdown(text, None))
    ends = answers_of(run)
    for column, title, model in zip(st.columns(2, gap="large"), ("Left", "Right"), (first, second), strict=True):
        with column.container(border=True):
            st.markdown(f"**{title}**")
            st.markdown(answer_markdown(ends[prompt_id, model]["text"], None))

    def vote(verdict: Verdict) -> None:
        try:
            keep_vote(database, run.run_id, pairs[0], verdict)
        except RoutecastError as error:
            show_error(error)

    with st.container(horizontal=True):
        st.button("Left is better", key="side_left", on_click=vote, args=("first",), shortcut="1", **editors_only())
        st.button("Equally good", key="side_tie", on_click=vote, args=("tie",), shortcut="2", **editors_only())
        st.button("Right is better", key="side_right", on_click=vote, args=("second",), shortcut="3", **editors_only())
