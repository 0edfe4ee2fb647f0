"""Describing a log of no known format: the guess, to be confirmed column by column, a preview, and the way in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from analytics import settings
from analytics.charts.markdown import escaped
from analytics.errors import RoutecastError
from analytics.logs import LoadResult
from analytics.logs.guess import Guess, guess_mapping
from analytics.logs.mapping import CANONICAL_NAMES, REQUIRED, UNIT_KIND, UNITS, Column, Mapping, save_mapping
from analytics.logs.preview import preview_rows
from analytics.logs.texts import KeepPrompts
from pages.shared.states import show_error
from pages.shared.team import editors_only

PREVIEWED_ROWS = 10
# One value may stand for all rows where a file is about one model, team or environment.
CONSTANTS = ("model", "provider", "use_case", "team", "environment", "quality_metric")
_KEY = "unknown_log"


@dataclass(frozen=True)
class _Unknown:
    """A file that was not recognised, and what it probably holds."""

    file: Path
    guess: Guess
    keep_prompts: KeepPrompts


def ask_about(file: Path, keep_prompts: KeepPrompts) -> None:
    """Remember a file of unknown format: `mapping_assistant` asks about it from the next run on."""
    st.session_state[_KEY] = _Unknown(file, guess_mapping(file, file.name.split(".")[0] or "mine"), keep_prompts)


def mapping_assistant(
    load: Callable[[Path, str, KeepPrompts], LoadResult], remember: Callable[[str, LoadResult], None]
) -> None:
    """Draw the assistant while a file waits for it.

    `load` takes the file, the mapping's name and whether to keep prompts; `remember` the file's name and what became of it.
    """
    unknown: _Unknown | None = st.session_state.get(_KEY)
    if unknown is None:
        return
    guessed = unknown.guess.mapping
    st.subheader(f"What are the columns of {escaped(unknown.file.name)}?")
    st.markdown(_answer(guessed, len(unknown.guess.candidates)))
    with st.form("mapping", border=True):
        name = st.text_input("Name", guessed.name, help="Files with the same columns are recognised by it next time.")
        shown = [one for one in CANONICAL_NAMES if one in guessed.columns or one in REQUIRED]
        chosen = _ask(shown, unknown.guess)
        with st.expander("More columns of a log"):
            chosen |= _ask([one for one in CANONICAL_NAMES if one not in shown], unknown.guess)
        left, right = st.columns(2)
        with_cache = left.checkbox("Input tokens contain the cached ones", guessed.input_includes_cache)
        with_reasoning = right.checkbox("Output tokens contain the reasoning ones", guessed.output_includes_reasoning)
        left, right = st.columns(2)
        left.form_submit_button("Preview", width="stretch")
        confirmed = right.form_submit_button("Save and load", type="primary", width="stretch", **editors_only())
    columns = {one: column for one, column in chosen.items() if column is not None}
    mapping = replace(
        guessed, name=name.strip(), columns=columns, input_includes_cache=with_cache,
        output_includes_reasoning=with_reasoning, signature=_signature(guessed, columns),
    )  # fmt: skip
    try:
        if confirmed:
            save_mapping(settings.own_database(), mapping)
            result = load(unknown.file, mapping.name, unknown.keep_prompts)
            del st.session_state[_KEY]
            remember(unknown.file.name, result)
            st.rerun()
        if mapping.missing:
            st.info("Name what is required, then look at the preview.")
            return
        st.markdown("**The first rows as they would load**")
        rows = preview_rows(settings.own_database(), unknown.file, mapping, PREVIEWED_ROWS)
        st.dataframe(rows, hide_index=True, width="stretch")
    except RoutecastError as error:
        show_error(error)


def _answer(mapping: Mapping, candidates: int) -> str:
    """The guess in one sentence."""
    missing = ", ".join(name.replace("_", " ") for name in mapping.missing)
    found = f"{len(mapping.columns)} of its {candidates} columns look familiar"
    return f"#### {found}; {missing} must be named." if missing else f"#### {found}, and nothing required is missing."


def _signature(guessed: Mapping, columns: dict[str, Column]) -> tuple[str, ...]:
    """What gives such files away: of the guess what is still used, else every column that is."""
    used = {one.column for one in columns.values() if one.column}
    return tuple(name for name in guessed.signature if name in used) or tuple(sorted(used))


def _ask(names: Sequence[str], guess: Guess) -> dict[str, Column | None]:
    """One question per canonical column, three beside each other."""
    chosen: dict[str, Column | None] = {}
    for start in range(0, len(names), 3):
        for place, name in zip(st.columns(3), names[start : start + 3], strict=False):
            with place:
                chosen[name] = _ask_column(name, guess)
    return chosen


def _ask_column(name: str, guess: Guess) -> Column | None:
    """Which column `name` is, and in which unit; None for none."""
    guessed = guess.mapping.columns.get(name, Column())
    labels = list(guess.candidates)
    units = list(UNITS[UNIT_KIND[name]]) if name in UNIT_KIND else []
    left, right = st.columns([2, 1]) if units else (st.container(), st.container())
    title = name.removesuffix("_ms").removesuffix("_usd").replace("ttft", "time to first token").replace("_", " ")
    label = left.selectbox(
        title.capitalize() + (" (required)" if name in REQUIRED else ""), labels,
        index=labels.index(guessed.label) if guessed.label in labels else None, placeholder="None", key=f"map_{name}",
        accept_new_options=name in CONSTANTS, help="A text that is no column stands for all rows." if name in CONSTANTS else None,
    )  # fmt: skip
    unit = right.selectbox("Unit", units, index=units.index(guessed.unit) if guessed.unit else 0, key=f"unit_{name}") if units else ""  # fmt: skip
    if label is None:
        return None
    samples = ", ".join(value[:24] for value in guess.samples.get(label, ()))
    reason = guess.reasons.get(name, "") if label == guessed.label else ""
    st.caption("; ".join(part for part in (escaped(samples), reason) if part) or "the same for every row")
    return replace(guess.candidates[label], unit=unit or "") if label in guess.candidates else Column(value=label)
