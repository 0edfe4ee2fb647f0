"""What does a token cost?"""

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from analytics.audit.prices import find_prices, overhead_by_origin
from analytics.charts.format import count, money
from analytics.charts.markdown import plain
from analytics.charts.prices import prices_answer, rate_digits
from pages.manage.prices_own import edit_own_prices
from pages.manage.prices_reprice import offer_repricing
from pages.shared import cached
from pages.shared.downloads import show_table
from pages.shared.view import current_view

if TYPE_CHECKING:
    import polars as pl


RATES = {
    "input_usd_per_mtok": "Input",
    "output_usd_per_mtok": "Output",
    "cache_read_usd_per_mtok": "Cached input",
    "cache_write_usd_per_mtok": "Cache write",
    "reasoning_usd_per_mtok": "Reasoning",
}
COLUMNS = {
    "model": "Model",
    "provider": "Provider",
    "batch_factor": st.column_config.NumberColumn("Batch", format="percent", help="Share of the price that batch calls pay"),
    "request_usd": st.column_config.NumberColumn("Per request, USD", format="$%.4f"),
    "above_tokens": st.column_config.NumberColumn("Above input tokens", format="localized", help="The whole request is priced so above this many input tokens"),
    "valid_from": "From",
    "valid_to": "Until",
    "source": st.column_config.TextColumn("Source", help="catalogue: the genai-prices package. own: your price file"),
}  # fmt: skip


def show_prices(table: "pl.DataFrame", name: str) -> None:
    """Prices in USD per million tokens, each column with the decimals it needs."""
    rates = {
        column: st.column_config.NumberColumn(
            title, format=f"$%,.{rate_digits(table, column)}f", help="USD per million tokens"
        )
        for column, title in RATES.items()
    }
    show_table(table, name, COLUMNS | rates, placeholder="", only_known=True)


view = current_view()
st.title("What does a token cost?")
models = cached.log_models(*cached.key(view.store))
st.markdown(f"#### {plain(prices_answer(models, cached.log_prices(*cached.key(view.store))))}")
for model, calls in models.filter(models["unpriced"] > 0).select("model", "unpriced").iter_rows():
    st.warning(
        plain(f"{model} has no price: {count(calls)} calls are counted but not costed. Add a price or an alias below.")
    )
st.subheader("Prices of the log's models, USD per million tokens")
table = cached.log_prices(*cached.key(view.store))
show_prices(table, "prices")
wanted = st.text_input("Search all models", key="price_search", bind="query-params", placeholder="gemini")
if wanted.strip():
    found = find_prices(view.store, wanted)
    if found.is_empty():
        st.info("No model of the catalogue has this in its name.")
    else:
        show_prices(found, "prices_found")
offer_repricing(view)
edit_own_prices(view.store)
overhead = overhead_by_origin(view.store, view.scope, view.rates)
if overhead:
    written = partial(money, unknown="unpriced", currency=view.currency.unit)
    parts = ", ".join(f"{origin} {written(cost)}" for origin, cost in overhead.items())
    st.markdown(plain(f"Calls that no user made, at list price: {parts}. They are part of every cost total."))
st.caption(
    "List prices are dated and come from the genai-prices package; your own prices, aliases and discounts win. A tier holds for "
    "the whole request when its input is strictly above the limit. A load prices its calls once; they change only when you re-price. "
    f"Prices are in USD, as catalogues have them, whatever the currency of amounts.{view.rates_note(whole_log=True)}"
)
