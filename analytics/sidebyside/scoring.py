"""Checks that need no opinion: is the answer the expected text, does it match, is it valid, is it the right number?"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

from analytics.errors import UsageError
from analytics.sidebyside.order import Prompt

CheckKind = Literal["exact", "regex", "json-schema", "numeric"]

# How far a number may be from the expected one, relative to it.
NUMERIC_TOLERANCE = 1e-6
# A pattern of a user may take for ever on a long text.
MOST_MATCHED_CHARACTERS = 20_000

Check = Callable[[Prompt, str], float | None]

_FENCE = re.compile(r"^```[a-zA-Z]*\n(.*?)\n?```$", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?")


def parse_check(kind: str, argument: str = "") -> Check:
    """The check of a kind: 1.0 passed, 0.0 failed, None where the prompt has nothing to check against. Raises UsageError.

    exact, numeric: against the prompt's `expected`. regex, json-schema: against the argument, else against `expected`.
    """
    if kind not in get_args(CheckKind):
        raise UsageError(f"There is no check '{kind[:40]}': choose one of {', '.join(get_args(CheckKind))}.")
    if kind == "regex" and argument:
        _pattern(argument)
    if kind == "json-schema" and argument:
        _schema(argument)
    run = {"exact": _exact, "regex": _regex, "json-schema": _valid, "numeric": _numeric}[kind]

    def check(prompt: Prompt, answer: str) -> float | None:
        expected = prompt.expected if kind in ("exact", "numeric") else argument or prompt.expected
        return None if expected is None else float(run(expected, answer))

    return check


def _exact(expected: str, answer: str) -> bool:
    return " ".join(expected.split()).casefold() == " ".join(answer.split()).casefold()


def _regex(expected: str, answer: str) -> bool:
    return _pattern(expected).search(answer[:MOST_MATCHED_CHARACTERS]) is not None


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"The regular expression '{text[:60]}' is wrong: {error.msg}.") from error


def _valid(expected: str, answer: str) -> bool:
    import jsonschema
    import referencing

    schema = _schema(expected)
    try:
        content = json.loads(unfenced(answer))
        # An empty registry: nothing is fetched, whatever a schema refers to.
        validator = jsonschema.validators.validator_for(schema)(schema, registry=referencing.Registry())
        return bool(validator.is_valid(content))
    except (ValueError, RecursionError, referencing.exceptions.Unresolvable):
        return False


def _schema(text: str) -> Any:
    import jsonschema

    try:
        schema = json.loads(text)
        jsonschema.validators.validator_for(schema).check_schema(schema)
    except (ValueError, RecursionError, jsonschema.SchemaError) as error:
        raise UsageError("The JSON schema is not valid: check it with a validator.") from error
    if any(not str(one).startswith("#") for one in _references(schema)):
        raise UsageError("The JSON schema refers to another document: write it in one, with references within (#/...).")
    return schema


def _references(schema: Any) -> Iterator[Any]:
    if isinstance(schema, dict):
        yield from (schema[name] for name in ("$ref", "$dynamicRef", "$recursiveRef") if name in schema)
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _references(part)


def _numeric(expected: str, answer: str) -> bool:
    wanted, found = last_number(expected), last_number(answer)
    return wanted is not None and found is not None and abs(wanted - found) <= NUMERIC_TOLERANCE * max(1.0, abs(wanted))


def last_number(text: str) -> float | None:
    """The last number of a text, where a model that explains itself puts its result: "so 3 x 4 = 12" is 12."""
    found = [one for one in _NUMBER.findall(text) if any(sign.isdigit() for sign in one)]
    return float(found[-1].replace(",", "")) if found else None


def unfenced(answer: str) -> str:
    """The inside of a Markdown code fence, if the answer is one."""
    text = answer.strip()
    fenced = _FENCE.match(text)
    return fenced.group(1) if fenced else text
