"""What do we tell them?"""

import streamlit as st

from analytics.reports import compose_report
from analytics.reports.text import markdown
from analytics.simulation import Scenario
from pages.present.files import download_row, preview
from pages.present.words import own_words
from pages.shared import cached
from pages.shared.view import current_view
from pages.shared.volume import volume_input

BEST = "the one the numbers speak for"

view = current_view()
key = cached.key(view.store)
st.title("What do we tell them?")
headline = st.container()
offered = cached.offered_architectures(*key)
compared, about, volume_place = st.columns([3, 2, 1.2])
chosen = compared.multiselect(
    "Architectures", list(offered), default=list(offered)[:3], key="report_compare", bind="query-params",
    placeholder="Choose what to compare",
)  # fmt: skip
subject = about.selectbox("The report is about", [BEST, *chosen], key="report_about")
volume = volume_input(view.store, volume_place, key="report_volume")
facts = cached.report_facts(
    *key,
    tuple(offered[name] for name in chosen),
    Scenario(requests_per_month=volume),
    view.scope,
    None if subject == BEST else 1 + chosen.index(subject),
)
texts = own_words(compose_report(facts))
report = compose_report(facts, texts)
headline.markdown(f"#### {markdown(report.headline)}.")
download_row(report)
preview(report)
