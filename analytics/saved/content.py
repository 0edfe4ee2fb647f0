"""Scenarios and comparisons as JSON, readable by people, checked when they come back."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from analytics.errors import UsageError
from analytics.policies import Architecture, parse_architecture
from analytics.saved.items import Saved
from analytics.simulation import Scenario


@dataclass(frozen=True)
class Comparison:
    """Architecture files, the scenario they were compared under, and the words its report puts differently (by field).

    about: the place (from 1) of the architecture that its report is about; None for whichever is recommended.
    """

    texts: tuple[str, ...]
    scenario: Scenario
    words: tuple[tuple[str, str], ...] = ()
    about: int | None = None

    @property
    def architectures(self) -> tuple[Architecture, ...]:
        """The files, parsed."""
        return tuple(parse_architecture(text, "A kept architecture") for text in self.texts)


def scenario_text(scenario: Scenario) -> str:
    """A scenario as JSON."""
    return json.dumps(asdict(scenario), indent=2, allow_nan=False)


def scenario_of(text: str) -> Scenario:
    """The scenario of `scenario_text`; raises UsageError for anything else."""
    return _scenario(_object(text))


def comparison_text(comparison: Comparison) -> str:
    """A comparison as JSON."""
    content: dict[str, Any] = {"architectures": comparison.texts, "scenario": asdict(comparison.scenario)}
    if comparison.about is not None:
        content["about"] = comparison.about
    if comparison.words:
        content["words"] = dict(comparison.words)
    return json.dumps(content, indent=2, allow_nan=False)


def comparison_of(text: str) -> Comparison:
    """The comparison of `comparison_text`; raises UsageError for anything else."""
    found = _object(text)
    texts = found.get("architectures")
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise UsageError('This comparison lists no architectures: "architectures" must be a list of TOML texts.')
    words = found.get("words", {})
    if not isinstance(words, dict) or not all(isinstance(one, str) for one in words.values()):
        raise UsageError('The words of this comparison must be texts: "words" = { field = "text" }.')
    about = found.get("about")
    if about is not None and (type(about) is not int or not 1 <= about <= len(texts)):
        raise UsageError(
            f'This comparison\'s "about" must be the place of one of its architectures, 1 to {len(texts)}.'
        )
    return Comparison(tuple(texts), _scenario(found.get("scenario")), tuple(words.items()), about)


def readable_content(one: Saved) -> str:
    """The content as a person compares it: a comparison's files below each other, its scenario, its words."""
    if one.kind != "comparison":
        return one.content
    found = comparison_of(one.content)
    about = [] if found.about is None else [f"The report is about architecture {found.about}."]
    words = [f"{field}: {text}" for field, text in found.words]
    return "\n\n".join([*(text.strip() for text in found.texts), scenario_text(found.scenario), *about, *words])


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"This is not JSON ({error}): it cannot be opened.") from error
    if not isinstance(found, dict):
        raise UsageError("This is JSON but not an object: it cannot be opened.")
    return found


def _scenario(found: object) -> Scenario:
    known = {field.name for field in fields(Scenario)}
    if not isinstance(found, dict) or not set(found) <= known:
        raise UsageError(f"This is no scenario: its keys must be among {', '.join(sorted(known))}.")
    values = dict(found)
    prices = values.pop("prices", ())
    try:
        numbers = {name: None if value is None else float(value) for name, value in values.items()}
        changed = tuple((str(model), float(inward), float(outward)) for model, inward, outward in prices)
        return Scenario(**numbers, prices=changed)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise UsageError(f"This scenario has a value that is not a number ({error}): mend it.") from error
