"""Can we trust the log?"""

import streamlit as st

from analytics.audit.health_checks import FIELDS
from analytics.charts.health import calls_chart, lacking_bars
from analytics.charts.health_text import LEVELS, affected, findings_table, gaps_text, health_answer
from analytics.charts.markdown import plain
from pages.shared import cached
from pages.shared.downloads import download_table, show_chart
from pages.shared.states import nothing_yet
from pages.shared.view import current_view

view = current_view()
st.title("Can we trust the log?")
health = cached.health(*cached.key(view.store), view.scope.currency, view.rates)
if not health.completeness.attempts:
    nothing_yet("Nothing is loaded yet.", {"manage/sources.py": "Load a log"})
    st.stop()
st.markdown(f"#### {plain(health_answer(health))}")
for level, words in LEVELS.items():
    found = [finding for finding in health.findings if finding.level == level]
    if found:
        st.subheader(words)
    for finding in found:
        what, size = st.columns([5, 1], vertical_alignment="center")
        what.markdown(f"**{plain(finding.title)}.** {plain(finding.sentence)}  \n{plain(finding.remedy)}")
        size.markdown(plain(affected(finding, view.currency)).replace("\n", "  \n"))
if health.findings:
    download_table(lambda: findings_table(health, view.currency), "data_health")
else:
    st.success("Nothing to mend.")
show_chart(
    calls_chart(cached.calls_by_hour(*cached.key(view.store)), health.gaps),
    "calls_per_hour",
    heading=f"Calls per hour: {gaps_text(health.gaps)}",
)
# What every call lacks is a finding above; a bar of it shows nothing.
lacking = {FIELDS[name]: part for name, part in health.completeness.lacking.items() if 0 < part < 1}
if lacking:
    show_chart(lacking_bars(lacking), "lacking", heading="What calls do not say")
st.caption(
    "The whole log, whatever the scope; times in UTC. An hour is missing when it has at most 5% of the calls usual at that "
    "time of the week and at least 10 are usual. A missing latency or score is counted over requests, the rest over calls."
    + view.rates_note(whole_log=True)
)
