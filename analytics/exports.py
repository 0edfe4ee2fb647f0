"""Tables and charts as files: for spreadsheets, for data tools, for slides."""

import io
from typing import TYPE_CHECKING, Any, Literal

from analytics.errors import ExportError

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

# A cell that starts like this is run as a formula by spreadsheets.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

ChartKind = Literal["png", "svg"]
IMAGE_WIDTH, IMAGE_SCALE = 900, 2.0
_LOOK = {
    "background": "#FFFFFF",
    "font": "sans-serif",
    "padding": 16,
    "view": {"stroke": None},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#E4E8EE"},
    "legend": {"labelFontSize": 12, "titleFontSize": 12},
    "title": {"anchor": "start", "fontSize": 16, "offset": 12},
}


def csv_bytes(table: "pl.DataFrame") -> bytes:
    """UTF-8 CSV; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    import polars as pl

    escaped = [
        pl.when(pl.col(name).str.slice(0, 1).is_in(FORMULA_STARTS))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in table.schema.items()
        if kind == pl.String
    ]
    return table.with_columns(escaped).write_csv().encode("utf-8")


def parquet_bytes(table: "pl.DataFrame") -> bytes:
    """Parquet, every value as it is."""
    written = io.BytesIO()
    table.write_parquet(written)
    return written.getvalue()


def chart_image(chart: "alt.TopLevelMixin", kind: ChartKind, title: str = "") -> bytes:
    """The chart as PNG or SVG on white, with `title` above it. Raises ExportError without the package that draws."""
    try:
        import vl_convert
    except ImportError as error:
        raise ExportError("Pictures need the package vl-convert-python: install the locked requirements.") from error
    spec = image_spec(chart, title)
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode("utf-8")
    return bytes(vl_convert.vegalite_to_png(spec, scale=IMAGE_SCALE))


def image_spec(chart: "alt.TopLevelMixin", title: str = "") -> dict[str, Any]:
    """The chart's Vega-Lite with its data inside, a width, a title and the look of a printed page."""
    spec: dict[str, Any] = _with_data_inside(chart).to_dict()
    spec.setdefault("width", IMAGE_WIDTH)
    if title:
        spec["title"] = title
    spec["config"] = {**_LOOK, "view": {**spec.get("config", {}).get("view", {}), **_LOOK["view"]}}  # type: ignore[dict-item]
    return spec


def _with_data_inside(chart: Any) -> Any:
    """A copy whose frames are plain rows: Altair's own conversion is a global switch that Streamlit turns meanwhile."""
    import altair as alt
    import polars as pl
    import polars.selectors as cs

    copy = chart.copy(deep=True)
    if isinstance(copy.data, pl.DataFrame):
        # Without a zone Vega reads a date alone as UTC, a date with a time as local: write all with a time.
        plain = copy.data.with_columns(cs.date().cast(pl.Datetime("us"))).with_columns(
            cs.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S")
        )
        copy.data = alt.InlineData(values=plain.to_dicts())
    for parts in ("layer", "hconcat", "vconcat", "concat"):
        if isinstance(getattr(copy, parts, alt.Undefined), list):
            setattr(copy, parts, [_with_data_inside(part) for part in getattr(copy, parts)])
    return copy
