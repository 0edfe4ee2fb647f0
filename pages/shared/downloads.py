"""A quiet "Download" under every table and chart; files are made when asked for, and nothing reruns."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.currency import Currency
from analytics.exports import chart_image, csv_bytes, parquet_bytes

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


# The format of columns of shares in [0, 1]: always one decimal, where Streamlit's "percent" has none to two.
SHARE = "%.1f%%"


def download_table(frame: "Callable[[], pl.DataFrame]", name: str, help: str | None = None) -> None:
    """Offer what `frame` gives, when it is asked for, as `name`.csv and `name`.parquet. `name` is unique on its page."""
    with st.container(horizontal=True, horizontal_alignment="right"), _menu(name, help):
        st.download_button(
            "CSV", lambda: csv_bytes(frame()), f"{name}.csv", "text/csv", key=f"{name}_csv", on_click="ignore",
            type="tertiary",
        )  # fmt: skip
        st.download_button(
            "Parquet", lambda: parquet_bytes(frame()), f"{name}.parquet", "application/vnd.apache.parquet",
            key=f"{name}_parquet", on_click="ignore", type="tertiary",
        )  # fmt: skip


def download_chart(chart: "alt.TopLevelMixin", name: str, title: str = "") -> None:
    """Offer `chart` as `name`.png and `name`.svg, with `title` above the picture. `name` is unique on its page."""
    with _menu(name):
        st.download_button(
            "PNG", lambda: chart_image(chart, "png", title), f"{name}.png", "image/png", key=f"{name}_png",
            on_click="ignore", type="tertiary",
        )  # fmt: skip
        st.download_button(
            "SVG", lambda: chart_image(chart, "svg", title), f"{name}.svg", "image/svg+xml", key=f"{name}_svg",
            on_click="ignore", type="tertiary",
        )  # fmt: skip


def show_chart(
    chart: "alt.TopLevelMixin", name: str, title: str = "", plain_title: str = "", heading: str = ""
) -> None:
    """The title (Markdown) or heading that says what is seen, if none above does, with the download beside it, and the chart.

    `plain_title` goes into the picture, by default the title or heading; each without its markup.
    """
    from analytics.charts.theme import fitted

    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if heading:
            st.subheader(heading, width="stretch")
        if title:
            st.markdown(title, width="stretch")
        download_chart(chart, name, (plain_title or title or heading).replace("**", "").replace("\\", ""))
    st.altair_chart(fitted(chart), width="stretch", key=f"{name}_chart")


def show_table(
    frame: "pl.DataFrame",
    name: str,
    columns: Mapping[str, Any] | None = None,
    placeholder: str = "unknown",
    currency: Currency | None = None,
    only_known: bool = False,
) -> None:
    """The table under these column names, and its download, in which a last column names the currency of its amounts.

    `only_known`: columns of which nothing is known take no room on the screen; the download has them.
    """
    st.dataframe(
        _with_percent(frame, columns or {}),
        hide_index=True,
        width="stretch",
        column_config=known_columns(frame, columns or {}) if only_known else columns,
        placeholder=placeholder,
        key=f"{name}_table",
    )
    if currency is not None:
        import polars as pl

        frame = frame.with_columns(currency=pl.lit(currency.code))
    download_table(lambda: frame, name)


def known_columns(frame: "pl.DataFrame", columns: Mapping[str, Any]) -> dict[str, Any]:
    """`columns` without those that are null in every row of `frame`: they are hidden."""
    return {**columns, **{name: None for name in frame.columns if frame[name].null_count() == len(frame) > 0}}


def _with_percent(frame: "pl.DataFrame", columns: Mapping[str, Any]) -> "pl.DataFrame":
    """Shares as they are shown; a file keeps them as they are."""
    shares = [
        name
        for name, column in columns.items()
        if isinstance(column, dict) and column["type_config"].get("format") == SHARE
    ]
    return frame.with_columns(frame[name] * 100 for name in shares if name in frame.columns)


def _menu(name: str, help: str | None = None) -> Any:
    return st.popover("Download", type="tertiary", key=f"{name}_download", help=help)
