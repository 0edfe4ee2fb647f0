"""Where the prompts of a run come from: typed, a file, or the sampling plan of the Evidence page."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.errors import LoadError
from analytics.sidebyside.order import Prompt

if TYPE_CHECKING:
    import polars as pl

MOST_PROMPT_CHARACTERS = 2_000_000


def typed_prompts(texts: Sequence[str]) -> tuple[Prompt, ...]:
    """Prompts from their texts; the same text is one prompt, whose id is told from it."""
    kept = dict.fromkeys(text.strip() for text in texts if text.strip())
    if any(len(text) > MOST_PROMPT_CHARACTERS for text in kept):
        raise LoadError(f"A prompt has more than {MOST_PROMPT_CHARACTERS:,} characters: shorten it.")
    return tuple(Prompt(_id_of(text), text) for text in kept)


def read_prompts(file: Path) -> tuple[Prompt, ...]:
    """Prompts of a file: CSV, JSON Lines or Parquet with `prompt` and, if known, `prompt_id`, `use_case`, `complexity`,
    `expected`, `inclusion_probability`, `models` (with semicolons); or plain text, one prompt a line. Raises LoadError.
    """
    import polars as pl

    try:
        if file.suffix == ".txt":
            return _not_empty(typed_prompts(file.read_text(encoding="utf-8").splitlines()), file.name)
        if file.suffix == ".parquet":
            frame = pl.read_parquet(file, glob=False)
        elif file.suffix in (".jsonl", ".ndjson"):
            frame = pl.read_ndjson(file, infer_schema_length=None)
        else:
            frame = pl.read_csv(file, infer_schema=False, glob=False)
    except OSError as error:
        raise LoadError(f"{file} cannot be read ({error.strerror or 'not found'}): check the path.") from error
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise LoadError(f"{file.name} is not a readable CSV, JSON Lines, Parquet or text file.") from error
    return _not_empty(prompts_of(frame, file.name), file.name)


def prompts_of(frame: "pl.DataFrame", name: str = "The plan") -> tuple[Prompt, ...]:
    """Prompts of a table with the columns of `read_prompts`. Raises LoadError naming the row that is wrong."""
    if "prompt" not in frame.columns:
        raise LoadError(
            f"{name} has no column prompt: a sampling plan has one when the log was loaded with --keep-prompts; else add the texts."
        )
    return tuple(_prompt(name, number, row) for number, row in enumerate(frame.iter_rows(named=True), start=1))


def _not_empty(prompts: tuple[Prompt, ...], name: str) -> tuple[Prompt, ...]:
    if not prompts:
        raise LoadError(f"{name} has no prompt: write at least one.")
    return prompts


def _prompt(name: str, number: int, row: dict[str, Any]) -> Prompt:
    text = _text(row.get("prompt"))
    if not text:
        raise LoadError(f"{name}, row {number}: prompt is empty.")
    if len(text) > MOST_PROMPT_CHARACTERS:
        raise LoadError(f"{name}, row {number}: the prompt has more than {MOST_PROMPT_CHARACTERS:,} characters.")
    models = tuple(one.strip() for one in (_text(row.get("models")) or "").split(";") if one.strip())
    complexity = _share(name, number, row, "complexity")
    probability = _share(name, number, row, "inclusion_probability")
    if probability == 0:
        raise LoadError(f"{name}, row {number}: inclusion_probability must be above 0.")
    return Prompt(
        _text(row.get("prompt_id")) or _id_of(text), text, _text(row.get("use_case")), complexity,
        _text(row.get("expected")), probability, models,
    )  # fmt: skip


def _share(name: str, number: int, row: dict[str, Any], column: str) -> float | None:
    text = _text(row.get(column))
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise LoadError(f"{name}, row {number}: {column} '{text[:40]}' is not a number in [0, 1].")
    return value


def _text(value: object) -> str | None:
    return None if value is None or str(value) == "" else str(value)


def _id_of(text: str) -> str:
    return "p" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
