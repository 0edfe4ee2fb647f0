"""Would it have been right before?"""

import hashlib
import tempfile
from pathlib import Path

import streamlit as st

from analytics.backtest import BEHAVIOURS, Behaviour, FullInformation, Replayed, run_backtest
from analytics.backtest.present import suspicious_of
from analytics.charts.backtest import (
    TERMS,
    WAYS,
    backtest_answer,
    backtest_table,
    backtest_words,
    coverage_chart,
    error_chart,
)
from analytics.charts.markdown import plain
from analytics.errors import RoutecastError
from analytics.simulation.grade_words import EVIDENCE
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.links import links_to
from pages.shared.tables import evidence_column
from pages.shared.team import server_paths_allowed
from pages.shared.terms import show_terms
from pages.shared.view import current_view

OWN, FILE = "The side-by-side prompts loaded", "A file"
NAMES = [one.name for one in BEHAVIOURS]


def read() -> tuple[str, FullInformation] | None:
    """What is to be replayed, after a name that changes with its contents; nothing while no file is chosen."""
    place = st.segmented_control("Replay", [OWN, FILE], default=OWN, required=True, key="replay_of")
    if place == OWN:
        key = cached.key(current_view().store)
        return ":".join(map(str, key)), cached.full_information(*key)
    upload = st.file_uploader("Outcomes: the score of every model on every prompt, as CSV, Parquet or JSON Lines")
    named = ""
    if server_paths_allowed():
        named = st.text_input("or a path on this server", placeholder="/data/full_information.parquet").strip()
    if upload is not None:
        content = hashlib.sha256(upload.getbuffer()).hexdigest()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / (Path(upload.name).name or "upload")
            file.write_bytes(upload.getbuffer())
            return content, cached.full_information_in(content, file)
    if named:
        file = Path(named).expanduser()
        content = f"{file}:{file.stat().st_mtime_ns if file.is_file() else 'missing'}"
        return content, cached.full_information_in(content, file)
    return None


st.title("Would it have been right before?")
headline = st.container()
try:
    found = read()
except RoutecastError as error:
    if st.session_state.get("replay_of") == FILE:
        st.error(plain(str(error)))
    else:
        headline.markdown(f"#### {plain(str(error))}")
    st.markdown(
        "Load some hundred prompts that all models answered as side-by-side outcomes, or choose a file of them here."
    )
    links_to({"manage/sources.py": "Load outcomes"})
    st.stop()
if found is None:
    headline.markdown("#### Choose a file in which every model answered every prompt.")
    st.stop()
source, full = found
ways, counts = st.expander("What is replayed, and how often").columns([3, 2], gap="large")
chosen = ways.multiselect(
    "Ways a log may have come about, each replayed", NAMES, default=NAMES, key="ways", bind="query-params",
    placeholder="Choose at least one", help=" ".join(f"{name}: {meaning}." for name, meaning in WAYS.items()),
)  # fmt: skip
scored = ways.slider("Answers of the log that are scored, %", 5, 100, 30, 5, key="scored", bind="query-params")
replays = counts.number_input(
    "Replays of each", 1, 50, 3, key="replays", bind="query-params",
    help="How often each way of logging is drawn anew. For more, use `routecast backtest --replays`.",
)  # fmt: skip
pairs = counts.number_input(
    "Prompts side by side", 0, len(full), None, 100, key="paired", placeholder="as each way has",
)  # fmt: skip
if not chosen:
    headline.markdown("#### Choose at least one way of logging.")
    st.stop()


def once(behaviour: Behaviour, number: int) -> tuple[Replayed, ...]:
    """A replay, or what is remembered of it."""
    return cached.replayed(source, behaviour.name, number, pairs, scored / 100, full)


bar = st.progress(0.0)
verdicts = run_backtest(
    full, int(replays), [one for one in BEHAVIOURS if one.name in chosen], pairs=pairs, scored=scored / 100, once=once,
    progress=lambda fraction, what: bar.progress(fraction, text=what.capitalize()),
)  # fmt: skip
bar.empty()
headline.markdown(f"#### {backtest_answer(full, verdicts)}")
for cell in suspicious_of(full):
    st.warning(
        f"{plain(cell.sentence)} Its use case counts here as any other; the command can leave it out (`--without`)."
    )
left, right = st.columns(2, gap="large")
with left:
    st.subheader("How often the projected range held the truth")
    show_chart(coverage_chart(verdicts), "coverage")
with right:
    st.subheader("How far projections were off")
    errors = error_chart(verdicts)
    if errors is None:
        st.markdown("Nothing but bounds could be given, so there is no error to show.")
    else:
        show_chart(errors, "errors")
for sentence in backtest_words(verdicts):
    st.markdown(f"- {sentence}")
st.subheader("Every architecture")
show_table(backtest_table(verdicts), "backtest", {EVIDENCE: evidence_column()})
show_terms(TERMS)
st.caption(
    f"Quality is '{full.metric}'. Each replay shows the projection one answer per prompt, {scored}% of them scored"
    f"{f'; {full.incomplete:,} prompts that not every model answered are left out' if full.incomplete else ''}. "
    "The dashed line is the promised 95%. After few replays the share is uncertain, as the lines beside it show."
)
