"""Will we stay within budget?"""

import streamlit as st

from analytics.charts.forecast import daily_spend_chart, month_end_chart
from analytics.charts.forecast_words import (
    anomaly_sentences,
    budget_answer,
    budget_table,
    month_note,
    month_sentence,
    worst_first,
)
from analytics.charts.markdown import plain
from analytics.forecast import BudgetStatus, budget_statuses
from analytics.forecast.budgets import title
from pages.audit.budget_form import edit_budgets
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.view import current_view

SHOWN = 5

view = current_view()
scope, code = view.scope, view.scope.currency
st.title("Will we stay within budget?")
month = cached.month_end(*cached.key(view.store), scope)
statuses = budget_statuses(view.store, scope, lambda store, part: cached.month_end(*cached.key(store), part))
# A budget has no date: it and the spend beside it are shown at one rate, else the one could pass the other by the rate.
rates = view.rates.fixed(code) if statuses and code != "USD" else view.rates
st.markdown(f"#### {plain(budget_answer(statuses, month, rates, code))}")
chosen: BudgetStatus | None = None
if statuses:
    show_table(
        budget_table(statuses, rates, code),
        "budgets",
        {
            "Used": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100),
            "Stays within": st.column_config.TextColumn(help="The probability that the month ends within the budget."),
            "When": st.column_config.TextColumn(width="large"),
        },
    )
    order = worst_first(statuses)
    number = st.selectbox(
        "Show the budget of",
        range(len(order)),
        format_func=lambda place: title(order[place].budget.kind, order[place].budget.name),
        key="budget_shown",
    )
    chosen = order[number]
    month = chosen.month
    if month is not None:
        st.markdown(f"{plain(month_sentence(month, rates, code))}.")
if month is not None:
    adding, daily = st.columns(2, gap="large")
    with adding:
        limit = chosen.budget.monthly_usd if chosen else None
        show_chart(month_end_chart(month, limit, rates, code), "month_end", f"**How {month.month:%B} adds up**")
    with daily:
        show_chart(daily_spend_chart(month, rates, code), "daily_spend", "**Day by day**")
edit_budgets(view.store, [one.budget for one in statuses], cached.scope_options(*cached.key(view.store)))
st.subheader("Days that stand out")
found = cached.anomalies(*cached.key(view.store), scope)
sentences = anomaly_sentences(found, view.rates, code)
for sentence in sentences[:SHOWN]:
    st.markdown(f"{'- ' if found else ''}{plain(sentence)}")
if len(sentences) > SHOWN:
    with st.expander(f"{len(sentences) - SHOWN} earlier ones"):
        for sentence in sentences[SHOWN:]:
            st.markdown(f"- {plain(sentence)}")
notes = [month_note(month)] if month is not None else []
if code != "USD":
    notes.append(
        f"Budgets are kept in USD; they and the spend beside them are shown at the latest rate, {view.currency.note}."
        if statuses
        else f"{view.rates.note(code, None, None)}."
    )
st.caption(
    plain(" ".join(notes))
    + " Budgets cover all requests of their team, use case or model, whatever the scope's filters; days that stand out are those of the scope."
)
