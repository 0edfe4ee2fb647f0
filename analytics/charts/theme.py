"""One look for all charts: the same model and the same architecture always have the same colour."""

import re

import altair as alt

FAMILIES: tuple[tuple[str, tuple[str, str, str]], ...] = (
    (r"claude|anthropic", ("#08406E", "#2B7BBA", "#8FC1E3")),
    (r"gemini|gemma|palm", ("#8A4B00", "#D98200", "#F5C169")),
    (r"gpt|^o\d|davinci|openai", ("#00543C", "#009E73", "#7FD4B8")),
    (r"llama|meta", ("#6B2455", "#B5578F", "#E0A8CA")),
    (r"mistral|mixtral|codestral", ("#7A2A00", "#D55E00", "#F2A77C")),
    (r"deepseek|qwen|grok|command|kimi", ("#3B3B78", "#6F6FC0", "#B5B5E6")),
)
OTHER = ("#4D4D4D", "#8A8A8A", "#BDBDBD")
CHEAP = r"haiku|lite|nano|small|8b|7b|3b|tiny|instant"
MIDDLE = r"sonnet|flash|mini|medium|turbo|70b|chat"
ARCHITECTURES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#6F6FC0")
CURRENT = "#8A8A8A"


def model_colour(model: str) -> str:
    """The colour of a model: a hue per family, dark to light from premium to cheap."""
    shades = next((colours for pattern, colours in FAMILIES if re.search(pattern, model)), OTHER)
    return shades[2] if re.search(CHEAP, model) else shades[1] if re.search(MIDDLE, model) else shades[0]


def name_colours(names: list[str], dimension: str) -> alt.Scale:
    """A colour scale for the values of a dimension, in the order given."""
    if dimension == "model":
        return alt.Scale(domain=names, range=[model_colour(name) for name in names])
    palette = [*ARCHITECTURES, *OTHER]
    return alt.Scale(domain=names, range=[palette[number % len(palette)] for number in range(len(names))])
