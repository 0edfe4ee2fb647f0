"""What becomes of the texts of a log: dropped unless asked for, or kept, or kept without what names a person.

A prompt comes not only in the column `prompt`: logs carry it in tags, error messages repeat it, and a refused row is kept
as it came. What is here cleans those too. Its length, hash and complexity are always kept.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Literal

import duckdb

from analytics.errors import UsageError

KeepPrompts = bool | Literal["redacted"]
REDACTED: Literal["redacted"] = "redacted"

# Keys that hold what people or models wrote; others with such a word in them do so when their value is long.
TEXT_KEYS = (
    "prompt", "prompts", "system_prompt", "user_prompt", "prompt_text", "message", "messages", "input", "inputs", "input_text",
    "output", "outputs", "output_text", "completion", "completions", "response", "responses", "response_text", "answer", "answers",
    "question", "query", "content", "contents", "text", "instructions", "body", "request_body", "response_body", "transcript",
)  # fmt: skip
_WORDS = "prompt|message|completion|response|answer|question|query|content|instruction|transcript|conversation|chat|text|body"
LONG_CHARACTERS = 60
# A shorter prompt may stand in an error message by chance.
LEAST_CHARACTERS = 8
_key_in_json = re.compile(rf'"({"|".join(TEXT_KEYS)})"\s*:', re.IGNORECASE)

# Names are not found: that takes a language model of several hundred megabytes, and guesses.
_PERSONAL = (
    "EMAIL", "PHONE", "SSN", "CREDIT_CARD", "IP_ADDRESS", "DATE", "DE_IBAN", "DE_VAT_ID", "DE_TAX_ID",
    "DE_SOCIAL_SECURITY_NUMBER", "DE_PASSPORT_NUMBER",
)  # fmt: skip
# Forms the library does not know: account numbers of other countries, and keys of model APIs and clouds.
_OTHER = (
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[IBAN]"),
    (re.compile(r"\b(?:sk|pk|rk|ghp|gho|xox[abp]|AKIA|AIza)[-_]?[A-Za-z0-9_-]{16,}\b"), "[KEY]"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), "[KEY]"),
)


@cache
def redactor() -> Callable[[str], str]:
    """Puts [EMAIL_1], [PHONE_1], ... in place of what names a person. Raises UsageError without the package `datafog`."""
    try:
        from datafog import redact
    except ImportError as error:
        raise UsageError("Redacting needs the package datafog: install it (python -m pip install datafog).") from error

    def redacted(text: str) -> str:
        for pattern, label in _OTHER:
            text = pattern.sub(label, text)
        return str(redact(text, engine="regex", entity_types=list(_PERSONAL), locales=["de"]).redacted_text)

    return redacted


def add_redaction(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `redacted(text)` a function of the connection."""
    connection.create_function("redacted", redactor(), ["VARCHAR"], "VARCHAR")


def prompt_sql(keep: KeepPrompts, column: str = "prompt") -> str:
    """The prompt as it is stored."""
    return {True: column, False: "NULL::VARCHAR", REDACTED: f"redacted({column})"}[keep]


def tags_sql(column: str, keep: KeepPrompts = False) -> str:
    """A JSON object's text as JSON, without the keys that hold texts unless they are kept as they are."""
    if keep is True:
        return f"TRY_CAST({column} AS JSON)"
    keys = ", ".join(f"'{key}'" for key in TEXT_KEYS)
    long = f"regexp_matches(lower(entry.key), '{_WORDS}') AND (json_type(entry.value) IN ('ARRAY', 'OBJECT') OR length(entry.value::VARCHAR) > {LONG_CHARACTERS})"
    rest = (
        f"list_filter(map_entries(TRY_CAST({column} AS JSON)::MAP(VARCHAR, JSON)), lambda entry: "
        f"NOT (lower(entry.key) IN ({keys}) OR ({long})))"
    )
    suspect = f"regexp_matches(lower({column}::VARCHAR), '{_WORDS}|input|output') AND json_type(TRY_CAST({column} AS JSON)) = 'OBJECT'"
    return f"CASE WHEN {suspect} THEN to_json(map_from_entries({rest})) ELSE TRY_CAST({column} AS JSON) END"


def error_sql(error: str, prompt: str) -> str:
    """An error message without the prompt that it repeats."""
    return (
        f"CASE WHEN length({prompt}) >= {LEAST_CHARACTERS} THEN replace({error}, {prompt}, '[prompt]') ELSE {error} END"
    )


def may_hold_text(line: str) -> bool:
    """Whether a line that is no record may hold a text: it names a key that does."""
    return _key_in_json.search(line) is not None
