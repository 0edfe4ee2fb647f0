"""What to run: prompts, models, how answers are scored, what it will cost, and the cap."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from analytics.charts.side_by_side import price_sentence
from analytics.errors import RoutecastError
from analytics.policies import architecture_toml, single_model
from analytics.sidebyside import (
    Endpoint,
    Order,
    PriceList,
    Prompt,
    begin_run,
    price_run,
    prompts_of,
    read_prompts,
    typed_prompts,
)
from analytics.sidebyside.background import start_in_background
from pages.shared import cached
from pages.shared.states import show_error
from pages.shared.team import editors_only
from pages.shared.view import View

TYPED, FILE, PLAN = "Typed", "A file", "A sample of the log"
NO_CHECK, CHECKS = "no check", ("no check", "exact", "numeric", "regex", "json-schema")
EXAMPLE = """[[endpoint]]
name = "gateway"
kind = "openai"  # or "anthropic", "gemini"
url = "https://gateway.example/v1"
models = ["gpt-4o-mini", "claude-haiku-4-5"]
key_env = "GATEWAY_KEY"  # the environment variable that holds the key
max_concurrent = 8"""


def order_form(view: View, database: Path, endpoints: Sequence[Endpoint]) -> None:
    """Ask for a run, show its price, start it."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        source = st.segmented_control("Prompts", [TYPED, FILE, PLAN], default=TYPED, required=True, key="side_source")
    offered = list(dict.fromkeys(model for one in endpoints for model in one.models))
    with right:
        models = st.multiselect(
            "Models", offered, default=offered[:2], key="side_models", accept_new_options=True,
            placeholder="Choose at least one",
        )  # fmt: skip
        check, against, judge, metric = _scoring(view, offered)
        tokens = st.number_input("Most output tokens per answer", 1, 200_000, 1024, 256, key="side_tokens")
        cap = st.number_input(
            "Cap, USD", 0.01, 1e6, 5.0, 1.0, key="side_cap", help="No call is made that could bring the cost above it."
        )
    try:
        with left:
            prompts = _prompts(view, source)
        if not prompts or not models:
            st.info("Give at least one prompt and one model; the price then stands here.")
            return
        prices = PriceList(database)
        asked = [*models, *([judge] if judge else [])]
        max_usd = None if prices.unpriced(asked) else float(cap)
        order = Order(
            prompts, tuple(models), (), int(tokens), max_usd, "" if check == NO_CHECK else check, against, metric.strip(), judge or "",
        )  # fmt: skip
        price = price_run(order, prices, cached.usual_output(*cached.key(view.store)))
        st.markdown(price_sentence(price, max_usd, view.currency))
        if st.button(f"Run {price.calls:,} calls", type="primary", key="side_start", **editors_only()):
            run_id = begin_run(database, order)
            start_in_background(database, run_id)
            st.session_state["side_run"] = run_id
            st.rerun()
    except RoutecastError as error:
        show_error(error)


def _scoring(view: View, offered: Sequence[str]) -> tuple[str, str, str | None, str]:
    """How answers are scored: check, what against, judge, metric."""
    check = st.selectbox(
        "Check", CHECKS, key="side_check", help="exact and numeric need a column `expected` in a file of prompts."
    )
    against = ""
    if check in ("regex", "json-schema"):
        against = st.text_area("Regular expression" if check == "regex" else "JSON schema", key="side_against")
    judge = st.selectbox(
        "Judge", list(offered), index=None, key="side_judge", placeholder="none",
        help="A model that grades all answers blind, in both orders. What it costs is counted apart.",
    )  # fmt: skip
    known = cached.side_by_side(*cached.key(view.store), view.scope.metric).metrics
    metric = st.text_input(
        "Name of the scores", key="side_metric", placeholder="that of the check or the judge",
        help=f"Scores only sharpen projections of the metric they are named for. Known here: {', '.join(known) or 'none yet'}.",
    )  # fmt: skip
    return check, against, judge, metric


def _prompts(view: View, source: str) -> tuple[Prompt, ...]:
    if source == TYPED:
        text = st.text_area(
            "Prompts, with a line of --- between two", height=240, key="side_text",
            placeholder="Classify this message as billing, technical or other: ...",
        )  # fmt: skip
        return typed_prompts(text.split("\n---\n"))
    if source == FILE:
        upload = st.file_uploader(
            "CSV, JSON Lines, Parquet or text", key="side_file",
            help="A column prompt and, if known, prompt_id, use_case, complexity, expected, inclusion_probability, models.",
        )  # fmt: skip
        if upload is None:
            return ()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / (Path(upload.name).name or "upload.csv")
            file.write_bytes(upload.getbuffer())
            return read_prompts(file)
    return _planned(view)


def _planned(view: View) -> tuple[Prompt, ...]:
    """Prompts of the log, drawn as the sampling plan of the Evidence page says."""
    key = cached.key(view.store)
    singles = [single_model(model) for model in cached.scope_options(*key)["model"][:8]]
    offered = cached.offered_architectures(*key) | {one.name: architecture_toml(one) for one in singles}
    chosen = st.selectbox("For the architecture", list(offered), key="side_plan_of")
    number = st.number_input("Prompts", 10, 100_000, 300, 50, key="side_plan_prompts")
    drawn = cached.planned_prompts(*key, offered[chosen], view.scope, int(number))
    if "prompt" not in drawn.columns:
        st.info(
            "This log has no prompt texts: load it with *Keep prompt texts* on the Sources page, or download the prompts to run on the "
            "Evidence page, add the texts, and choose that file here."
        )
        return ()
    texts = drawn.filter(drawn["prompt"].is_not_null())
    if len(texts) < len(drawn):
        st.caption(f"{len(drawn) - len(texts):,} of {len(drawn):,} drawn requests have no text and are left out.")
    st.caption(
        f"{len(texts):,} prompts, drawn at random by use case; each goes to those of your models that the plan names for it, and to those it names nowhere."
    )
    return prompts_of(texts)
