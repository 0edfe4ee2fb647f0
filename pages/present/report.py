"""What do we tell them?"""

import streamlit as st

from analytics.charts.markdown import plain
from analytics.reports import compose_report
from analytics.saved import Comparison, comparison_text
from pages.present.comparison import choose_comparison
from pages.present.files import download_row, preview
from pages.present.words import own_words, written
from pages.shared import cached
from pages.shared.saving import save_popover, show_kept
from pages.shared.view import current_view

view = current_view()
st.title("What do we tell them?")
headline = st.container()
comparison, about = choose_comparison(view)
facts = cached.report_facts(*cached.key(view.store), comparison.texts, comparison.scenario, view.scope, about)
texts = own_words(compose_report(facts, currency=view.currency), dict(comparison.words))
report = compose_report(facts, texts, currency=view.currency)
headline.markdown(f"#### {plain(report.headline)}.")
row = download_row(report)
kept = Comparison(comparison.texts, comparison.scenario, written(texts))
save_popover(view.store, row, "comparison", report.headline, comparison_text(kept))
show_kept(view.store, headline, comparison_text(kept))
preview(report)
