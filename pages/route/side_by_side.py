"""Which model is best for this task?"""

import streamlit as st

from analytics import settings
from analytics.charts.present import rate_note
from analytics.charts.side_by_side import (
    best_sentence,
    cells_table,
    quality_cells_chart,
    quality_cells_title,
    run_label,
)
from analytics.errors import EndpointError
from analytics.sidebyside import endpoints_file, list_runs, read_endpoints
from pages.route.side_by_side_form import EXAMPLE, order_form
from pages.route.side_by_side_runs import show_run
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.states import show_error
from pages.shared.view import current_view

view = current_view()
st.title("Which model is best for this task?")
headline = st.container()
# Runs are paid for and kept: always in the user's own database, whichever is shown.
database = settings.own_database()
summary = cached.side_by_side(*cached.key(view.store), view.scope.metric)
headline.markdown(f"#### {best_sentence(summary, view.currency)}")

if summary.cells:
    show_chart(quality_cells_chart(summary), "side_by_side_quality", f"##### {quality_cells_title(summary)}")
    with st.expander("Every model on every kind of request"):
        show_table(cells_table(summary, view.currency), "side_by_side")
    st.caption(
        f"Quality is '{summary.metric}', weighted where prompts were drawn with unequal chances. Cost per answer is today's list price "
        "of its tokens, nothing of them cached."
    )

st.subheader("Run prompts side by side")
st.secrets.load_if_toml_exists()  # its plain entries become environment variables, where keys are looked for
try:
    endpoints = read_endpoints(database)
except EndpointError as error:
    show_error(error)
    endpoints = ()
if endpoints:
    order_form(view, database, endpoints)
else:
    st.markdown(
        f"No model can be asked yet. Describe an endpoint in **{endpoints_file(database).name}**, beside the database: any gateway or API "
        "that speaks OpenAI's, Anthropic's or Gemini's protocol."
    )
    st.code(EXAMPLE, language="toml", wrap_lines=True)
    st.caption(
        "The file holds the name of the environment variable with the key, never the key: that is read when a call is made and kept "
        "nowhere."
    )

runs = list_runs(database)
if runs:
    st.subheader("Answers next to each other")
    if st.session_state.get("side_run") not in runs:
        st.session_state.pop("side_run", None)
    show_run(view, database, st.selectbox("Run", runs, key="side_run", format_func=run_label))
note = rate_note(view.currency)
if note:
    st.caption(note.strip())
