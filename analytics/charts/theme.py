"""One look for all charts: the same model and the same architecture always have the same colour."""

import re
from typing import Any

import altair as alt

FAMILIES: tuple[tuple[str, tuple[str, str, str]], ...] = (
    (r"claude|anthropic", ("#2268A8", "#5AA5DE", "#B3D7F2")),
    (r"gemini|gemma|palm", ("#A65E00", "#E69A1F", "#F7CF85")),
    (r"gpt|^o\d|davinci|openai", ("#00704F", "#19AD80", "#8ADBC0")),
    (r"llama|meta", ("#8A3A70", "#C070A5", "#E6B3D3")),
    (r"mistral|mixtral|codestral", ("#A33F00", "#E0701F", "#F5B48C")),
    (r"deepseek|qwen|grok|command|kimi", ("#5555A8", "#8585D0", "#BEBEEB")),
)
OTHER = ("#6B6B6B", "#8A8A8A", "#BDBDBD")
CHEAP = r"haiku|lite|nano|small|8b|7b|3b|tiny|instant"
MIDDLE = r"sonnet|flash|mini|medium|turbo|70b|chat"
ARCHITECTURES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#6F6FC0")
CURRENT = "#8A8A8A"


def model_colour(model: str) -> str:
    """The colour of a model: a hue per family, dark to light from premium to cheap."""
    shades = next((colours for pattern, colours in FAMILIES if re.search(pattern, model)), OTHER)
    return shades[2] if re.search(CHEAP, model) else shades[1] if re.search(MIDDLE, model) else shades[0]


def time_axis(field: str, title: str | None = None, **more: Any) -> alt.X:
    """An axis of time: 5 Oct, within a day 14:00; Vega's own labels mix Sat 03, Oct 04 and November. `more`: of the axis."""
    label = "timeFormat(datum.value, hours(datum.value) + minutes(datum.value) > 0 ? '%H:%M' : '%-d %b')"
    return alt.X(field, type="temporal", title=title, axis=alt.Axis(labelExpr=label, **more))


def turned(angle: int, align: str) -> dict[str, Any]:
    """How an axis of names writes them: at this angle where they are narrow, else flat."""
    narrow = "width / domain('x').length < 130"
    return {
        "labelAngle": alt.ExprRef(f"{narrow} ? {angle} : 0"),
        "labelAlign": alt.ExprRef(f"{narrow} ? '{align}' : 'center'"),
    }


def fitted(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    """The chart as a page shows it: Streamlit's look, but labels stand at their grid lines and have room at the right edge."""
    found: alt.TopLevelMixin = chart.configure_axisY(labelFlush=False).properties(padding={"right": 8, "top": 8})
    return found


def name_colours(names: list[str], dimension: str) -> alt.Scale:
    """A colour scale for the values of a dimension, in the order given."""
    if dimension == "model":
        return alt.Scale(domain=names, range=[model_colour(name) for name in names])
    palette = [*ARCHITECTURES, *OTHER]
    return alt.Scale(domain=names, range=[palette[number % len(palette)] for number in range(len(names))])
