"""The scenario's sliders: what is assumed of volume, prices and other models, with what each means."""

from typing import Any

import streamlit as st

from analytics.simulation import Scenario

NO_MODEL = "no model"
CACHE_HELP = (
    "Providers bill input they have cached at a fraction of the price, and a request that moves to another model finds no cache of its "
    "own. This share of cached input is assumed to be cached there too; the rest is billed in full. Source: "
    "[Anthropic, prompt caching](https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching)."
)
FLOOR_HELP = (
    "The quality that must not be undercut. The probability of staying above it, said at the top, is the share of 1,000 draws of the outcome "
    "model in which it does. Source: [Park, Gelman & Bafumi 2004](https://doi.org/10.1093/pan/mph024)."
)
LENGTH_HELP = "Other models write longer or shorter answers, which costs output tokens and time. 1 takes the ratios measured in your log and pairs."
SHIFT_HELP = "Added to the quality of every answer that comes from another model than today: -2 means each is 2 points worse than estimated."
FIXED_HELP = "What running it costs a month whatever the volume: a gateway, a router, somebody's time. Today's architecture does not pay it."


def scenario_form(is_demo: bool, options: dict[str, Any]) -> Scenario:
    """Draw the sliders; returns what they say."""
    volume = st.number_input(
        "Requests a month", min_value=0, value=1_000_000 if is_demo else None, step=100_000, key="sim_volume",
        bind="query-params", placeholder="as in the log", help="Empty takes the log's own daily mean.",
    )  # fmt: skip
    growth = st.slider("Growth, %", -50, 200, 0, key="growth", bind="query-params")
    floor = st.number_input(
        "Quality floor, %", 50.0, 100.0, None, 1.0, format="%.1f", key="floor", bind="query-params",
        placeholder="2 points below today's", help=FLOOR_HELP,
    )  # fmt: skip
    cache = st.slider(
        "Cached input that survives a change of model, %", 0, 100, 90, key="cache", bind="query-params", help=CACHE_HELP
    )
    prices = _prices(options["model"])
    with st.expander("More assumptions"):
        length = st.slider(
            "Length of other models' answers, times",
            0.5,
            3.0,
            1.0,
            0.05,
            key="length",
            bind="query-params",
            help=LENGTH_HELP,
        )
        shift = st.slider(
            "Quality of other models, points",
            -10.0,
            10.0,
            0.0,
            0.5,
            format="%+.1f",
            key="shift",
            bind="query-params",
            help=SHIFT_HELP,
        )
        fixed = st.number_input(
            "Running costs, USD a month",
            min_value=0.0,
            value=0.0,
            step=500.0,
            key="fixed",
            bind="query-params",
            help=FIXED_HELP,
        )
    return Scenario(
        float(volume) if volume else None,
        growth / 100,
        prices,
        cache / 100,
        None if floor is None else floor / 100,
        length,
        shift / 100,
        fixed,
    )


def _prices(models: list[str]) -> tuple[tuple[str, float, float], ...]:
    model = st.selectbox("Change the price of", [NO_MODEL, *models], key="price_of", bind="query-params")
    if model == NO_MODEL:
        return ()
    left, right = st.columns(2)
    inward = left.number_input(
        "USD per million input tokens", min_value=0.0, value=1.0, key="price_in", bind="query-params"
    )
    outward = right.number_input(
        "USD per million output tokens", min_value=0.0, value=5.0, key="price_out", bind="query-params"
    )
    return ((model, inward, outward),)
