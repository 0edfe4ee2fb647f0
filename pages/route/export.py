"""Taking an architecture to where it runs: the text for a gateway, a program or a warehouse, and what it cannot say."""

import streamlit as st

from analytics.charts.markdown import plain
from analytics.errors import RoutecastError
from analytics.policies import Architecture
from analytics.policies.export import DIALECTS, export_architecture
from pages.shared.states import show_error

LITELLM, PYTHON, SQL = "LiteLLM proxy", "Python function", "SQL query"
TARGETS = {LITELLM: "litellm", PYTHON: "python", SQL: "sql"}
LANGUAGES = {"yaml": "yaml", "py": "python", "sql": "sql"}


@st.fragment
def show_export(architecture: Architecture, key: str) -> None:
    """An expander with the choice of a format, what to know about it, and the files. `key` is unique on the page.

    Changing the format reruns nothing else of the page.
    """
    with st.expander("Export this architecture", key=f"{key}_export", on_change="rerun") as opened:
        if not opened.open:
            return
        target = st.segmented_control(
            "Format", list(TARGETS), default=LITELLM, required=True, key=f"{key}_format", label_visibility="collapsed"
        )
        dialect = DIALECTS[0]
        if target == SQL:
            dialect = st.selectbox("Database", DIALECTS, key=f"{key}_dialect", format_func=_database, width=220)
        try:
            export = export_architecture(architecture, TARGETS[target], dialect)
        except RoutecastError as error:
            show_error(error)
            return
        st.markdown("\n".join(f"- {plain(note)}" for note in export.notes))
        for name, text in export.files:
            st.download_button(f"Download {name}", text, file_name=name, key=f"{key}_{name}", on_click="ignore")
            st.code(text, language=LANGUAGES[name.rsplit(".", 1)[-1]], height=min(420, 60 + 22 * text.count("\n")))


def _database(dialect: str) -> str:
    return {"duckdb": "DuckDB", "postgres": "PostgreSQL", "bigquery": "BigQuery", "snowflake": "Snowflake"}[dialect]
