"""Own prices, aliases and discounts: shown as they stand in the price file, changed by forms."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from analytics.charts.markdown import plain
from analytics.errors import RoutecastError
from analytics.prices.own import own_prices_file
from analytics.prices.own_file import OwnEntries, own_entries, save_own_entries
from analytics.store import Store
from pages.shared.states import show_error
from pages.shared.team import editors_only

NEW = "a new price"
RATES = {
    "input": "Input",
    "output": "Output",
    "cache_read": "Cached input",
    "cache_write": "Cache write",
    "reasoning": "Reasoning",
}


def edit_own_prices(store: Store) -> None:
    """The entries of the price file and forms to change them."""
    st.subheader("Your own prices")
    if store.kind == "demo":
        st.info(
            "The demo keeps the catalogue's prices. With your own log open, add prices, aliases and discounts here."
        )
        return
    st.caption(
        f"Kept in {own_prices_file(store.path).name} beside the database. Saving here writes the file anew: comments in it are lost. "
        "Later loads use the new prices; calls already loaded keep theirs until you re-price the log."
    )
    try:
        entries = own_entries(store.path)
    except RoutecastError as error:
        show_error(error)
        return
    if "prices_saved" in st.session_state:
        st.success(plain(st.session_state.pop("prices_saved")))
    price, alias, discount = st.tabs(["Prices", "Aliases", "Discounts"])
    with price:
        _prices(store, entries)
    with alias:
        _pairs(store, entries.aliases, "Name in the log", "Model it stands for", entries.with_alias)
    with discount:
        _discounts(store, entries)


def _prices(store: Store, entries: OwnEntries) -> None:
    if entries.prices:
        st.dataframe(
            [{key: str(value) for key, value in price.items()} for price in entries.prices],
            hide_index=True,
            width="stretch",
        )
    places = [None, *range(len(entries.prices))]
    place = st.selectbox(
        "Change",
        places,
        format_func=lambda at: NEW if at is None else f"{at + 1}. {entries.prices[at]['model']}",
        key="own_place",
    )
    old: Mapping[str, Any] = {} if place is None else entries.prices[place]
    with st.form(f"price {place}", border=True):
        names = st.columns(2)
        entry: dict[str, Any] = {
            "model": names[0].text_input("Model", value=old.get("model", ""), key=f"own_model_{place}").strip(),
            "provider": names[1]
            .text_input("Provider (empty: any)", value=old.get("provider", ""), key=f"own_provider_{place}")
            .strip(),
        }
        for column, (key, title) in zip(st.columns(len(RATES)), RATES.items(), strict=True):
            value = None if key not in old else float(old[key])
            entry[key] = column.number_input(
                f"{title}, USD/M", min_value=0.0, value=value, format="%.4f", key=f"own_{key}_{place}"
            )
        start, end, above, batch = st.columns(4)
        entry["from"] = start.date_input("From", value=old.get("from"), format="YYYY-MM-DD", key=f"own_from_{place}")
        entry["to"] = end.date_input(
            "Until (not included)", value=old.get("to"), format="YYYY-MM-DD", key=f"own_to_{place}"
        )
        entry["above_tokens"] = above.number_input(
            "Above input tokens", min_value=0, value=old.get("above_tokens"), key=f"own_above_{place}"
        )
        entry["batch_factor"] = batch.number_input(
            "Batch factor", min_value=0.0, value=old.get("batch_factor"), key=f"own_batch_{place}"
        )
        save, remove = st.columns([1, 1])
        if save.form_submit_button("Save price", type="primary", **editors_only()):
            _save(store, entries.with_price(entry, place), f"The price of {entry['model']} is saved.")
        if place is not None and remove.form_submit_button("Remove this price", **editors_only()):
            _save(store, entries.without_price(place), f"The price of {old['model']} is removed.")


def _discounts(store: Store, entries: OwnEntries) -> None:
    def change(provider: str, percent: str | None) -> OwnEntries:
        return entries.with_discount(provider.lower(), None if percent is None else _percent(percent))

    shown = {provider: f"{share * 100:g}%" for provider, share in entries.discounts.items()}
    _pairs(store, shown, "Provider", "Percent off its list prices", change)


def _percent(text: str) -> float:
    try:
        return float(text.strip().removesuffix("%")) / 100
    except ValueError:
        return float("nan")  # the price file's own check says what is wrong


def _pairs(
    store: Store, pairs: Mapping[str, str], left: str, right: str, change: Callable[[str, str | None], OwnEntries]
) -> None:
    """A table of names and values with a form to set one and a form to take one out."""
    if pairs:
        st.dataframe({left: list(pairs), right: list(pairs.values())}, hide_index=True, width="stretch")
    with st.form(f"set {left}", border=True):
        names = st.columns(2)
        name, value = names[0].text_input(left).strip(), names[1].text_input(right).strip()
        if st.form_submit_button("Save", type="primary", **editors_only()):
            if name and value:
                _save(store, change(name, value), f"{name} is saved.")
            else:
                st.info("Fill in both.")
    if pairs:
        gone = st.selectbox("Take out", list(pairs), key=f"gone {left}")
        if st.button("Remove", key=f"remove {left}", **editors_only()):
            _save(store, change(gone, None), f"{gone} is removed.")


def _save(store: Store, entries: OwnEntries, said: str) -> None:
    try:
        save_own_entries(store.path, entries)
    except RoutecastError as error:
        show_error(error)
    else:
        st.session_state["prices_saved"] = said
        st.rerun()
