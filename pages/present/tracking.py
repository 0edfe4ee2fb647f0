"""Did it come true?"""

import streamlit as st

from analytics.charts.format import share
from analytics.charts.markdown import plain
from analytics.charts.tracking import parts_chart, week_chart
from analytics.charts.tracking_words import (
    NAMES,
    alarm_sentence,
    causes_sentences,
    parts_sentence,
    tracking_answer,
    tracking_footnote,
    use_case_table,
    week_table,
    week_title,
)
from analytics.tracking import MEASURES
from pages.present.adopted import choose_adoption, manage_adoptions, nothing_adopted, offer_second_month
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.view import current_view

view = current_view()
store, scope, currency = view.store, view.scope, view.currency
key = cached.key(store)
st.title("Did it come true?")
headline = st.container()
known = cached.adoptions(*key)
if not known:
    nothing_adopted(store, headline)
    st.stop()
adoption = choose_adoption(known)
tracking = cached.tracking(*key, adoption.name, scope.time_zone, scope.end)
headline.markdown(f"#### {plain(tracking_answer(tracking, currency))}")
if tracking.total is None:
    offer_second_month(store)
else:
    for alarm in tracking.alarms:
        (st.info if alarm.better else st.error)(plain(alarm_sentence(alarm)), icon=":material/notifications:")
    st.markdown(f"{share(tracking.total.adherence)} of the requests went where the policy sends them.")
    measure = st.segmented_control(
        "Measure",
        MEASURES,
        default="cost",
        required=True,
        format_func=NAMES.__getitem__,
        key="tracked",
        bind="query-params",
    )
    weeks, parts = st.columns(2, gap="large")
    with weeks:
        title = week_title(tracking, measure)
        show_chart(week_chart(tracking, measure, currency), "weeks", f"**{plain(title)}**", title)
    with parts:
        chart = parts_chart(tracking.total, measure, currency)
        if chart is None:
            st.markdown("There is nothing to compare: not projected, or not measured since.")
        else:
            show_chart(chart, "parts", "**What the difference is made of**")
    if measure == "cost":
        st.markdown(plain(parts_sentence(tracking.total, currency)))
    causes = causes_sentences(tracking, measure)
    if causes:
        st.markdown("The largest causes since the adoption, apart from the number of requests:")
    for sentence in causes:
        st.markdown(f"- {plain(sentence)}")
    st.subheader("Week by week")
    show_table(week_table(tracking, currency), "week_table", {})
    st.subheader("By use case")
    show_table(use_case_table(tracking, currency), "use_case_table", {})
    st.caption(plain(tracking_footnote(tracking, currency)))
manage_adoptions(store, known, adoption, currency)
