"""Pieces of SQL that adapters share. None of them can fail on any value: what does not fit is NULL."""

from analytics.store.segments import quoted

# Seconds, milliseconds, microseconds and nanoseconds since 1970 lie in ranges that do not meet between 2001 and 2100.
_EPOCH_UNITS = ((1e18, 1e9), (1e15, 1e6), (1e12, 1e3), (1e9, 1.0))
_LAST_SECOND = 4_102_444_800


def record(texts: str, nested: str = "") -> dict[str, str]:
    """A format's record: columns of text, then columns of JSON, each list separated by blanks."""
    return dict.fromkeys(texts.split(), "VARCHAR") | dict.fromkeys(nested.split(), "JSON")


def member(column: str, *path: str) -> str:
    """Text at a path of keys in a JSON column."""
    return f"json_extract_string({column}, {_path(path)})"


def value(column: str, *path: str) -> str:
    """JSON at a path of keys in a JSON column."""
    return f"json_extract({column}, {_path(path)})"


def _path(path: tuple[str, ...]) -> str:
    return quoted("$" + "".join("." + json_key(key) for key in path))


def json_key(name: str) -> str:
    """`name` as one step of a JSON path."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(text: str) -> str:
    """Text as a number."""
    return f"TRY_CAST({text} AS DOUBLE)"


def first(*texts: str) -> str:
    """The first text that is there and not empty."""
    given = [f"nullif({text}, '')" for text in texts]
    return f"coalesce({', '.join(given)})"


def instant(text: str) -> str:
    """A time as text: ISO 8601 as it is, numbers as time since 1970 in whichever unit their size tells."""
    branches = " ".join(
        f"WHEN {number(text)} >= {least!r} AND {number(text)} < {_LAST_SECOND * scale!r} "
        f"THEN to_timestamp({number(text)} / {scale!r})::VARCHAR"
        for least, scale in _EPOCH_UNITS
    )
    return f"CASE {branches} ELSE {text} END"


def milliseconds(start: str, end: str) -> str:
    """Milliseconds from one text of `instant` to another; NULL when they are not in order."""
    begun, ended = (f"epoch_us(TRY_CAST({instant(text)} AS TIMESTAMPTZ))::DOUBLE" for text in (start, end))
    return f"CASE WHEN {ended} >= {begun} THEN ({ended} - {begun}) / 1000 END"


def truth(text: str) -> str:
    """true or false from the many ways to write them ('True', 'hit', 1); anything else is NULL."""
    return (
        f"CASE WHEN lower({text}) IN ('true', 't', '1', 'yes', 'hit') THEN true "
        f"WHEN lower({text}) IN ('false', 'f', '0', 'no', 'miss', 'none', 'disabled') THEN false END"
    )


def tags(**columns: str) -> str:
    """A JSON object of what is there among these expressions."""
    pairs = ", ".join(f"{quoted(name)}, {column}" for name, column in columns.items())
    return f"json_merge_patch('{{}}'::JSON, json_object({pairs}))::VARCHAR"


def tagged(tag_list: str, prefix: str) -> str:
    """The rest of the first text in a JSON list that starts with `prefix`."""
    texts = f"TRY_CAST({tag_list} AS VARCHAR[])"
    return f"list_filter({texts}, lambda tag: starts_with(tag, {quoted(prefix)}))[1][{len(prefix) + 1}:]"


def snake(name: str) -> str:
    """camelCase as snake_case."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)
