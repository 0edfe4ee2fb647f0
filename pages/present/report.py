"""What do we tell them?"""

from dataclasses import replace

import streamlit as st

from analytics.reports import compose_report
from analytics.reports.text import listed
from analytics.saved import comparison_text
from pages.present.comparison import choose_comparison
from pages.present.files import download_row, preview
from pages.present.words import own_words, written
from pages.shared import cached
from pages.shared.saving import save_popover, show_kept
from pages.shared.verdicts import show_verdict, verdict_room
from pages.shared.view import current_view

view = current_view()
st.title("What do we tell them?")
room = verdict_room("report")
question = choose_comparison(view)
show_verdict(room, question.choice)
comparison, files = question.comparison, st.container(horizontal=True)
facts = cached.report_facts(
    *cached.key(view.store), comparison.texts, comparison.scenario, view.scope, question.choice.chosen
)
texts = own_words(compose_report(facts, currency=view.currency), dict(comparison.words))
report = compose_report(facts, texts, currency=view.currency)
download_row(files, report)
kept = replace(comparison, words=written(texts))
name = listed(one.name for one in report.facts.simulation.projections[1:]) or report.headline
save_popover(view.store, files, "comparison", name, comparison_text(kept))
show_kept(view.store, st.container(), comparison_text(kept))
preview(report)
