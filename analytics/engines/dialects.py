"""What each engine writes in its own way: instants, time zones and parts of a day, chiefly. `kinds.ENGINES` lists who needs what."""

from collections.abc import Callable

from sqlglot import exp, parse_one

from analytics.engines.parts import rewritten_part

# {0}: an instant or a moment, {1}: another argument; the text is the engine's own.
_Texts = dict[str, str]
_EPOCH_MS: _Texts = {  # whole milliseconds since 1970, rounded down
    "postgres": "CAST(FLOOR(EXTRACT(EPOCH FROM {0}) * 1000) AS BIGINT)",
    "spark": "UNIX_MILLIS({0})",
    "clickhouse": "toUnixTimestamp64Milli(toDateTime64({0}, 6, 'UTC'))",
    "bigquery": "UNIX_MILLIS({0})",
    "snowflake": "DATE_PART(EPOCH_MILLISECOND, {0})",
    "trino": "DATE_DIFF('millisecond', TIMESTAMP '1970-01-01 00:00:00 UTC', {0})",
}
_EPOCH_US: _Texts = {  # and microseconds
    "postgres": "CAST(FLOOR(EXTRACT(EPOCH FROM {0}) * 1000000) AS BIGINT)",
    "spark": "UNIX_MICROS({0})",
    "clickhouse": "toUnixTimestamp64Micro(toDateTime64({0}, 6, 'UTC'))",
    "bigquery": "UNIX_MICROS({0})",
    "snowflake": "DATE_PART(EPOCH_MICROSECOND, {0})",
    "trino": "DATE_DIFF('microsecond', TIMESTAMP '1970-01-01 00:00:00 UTC', {0})",
}
_BUCKET: _Texts = {  # the quarter of an hour
    "postgres": "DATE_BIN(INTERVAL '15 minutes', {0}, CAST('2000-01-01 00:00:00+00' AS TIMESTAMPTZ))",
    "spark": "TIMESTAMP_SECONDS(FLOOR(UNIX_SECONDS({0}) / 900) * 900)",
    "clickhouse": "toStartOfInterval({0}, INTERVAL 15 MINUTE, 'UTC')",
    "bigquery": "TIMESTAMP_SECONDS(DIV(UNIX_SECONDS({0}), 900) * 900)",
    "snowflake": "TO_TIMESTAMP_TZ(FLOOR(DATE_PART(EPOCH_SECOND, {0}) / 900) * 900)",
    "trino": "FROM_UNIXTIME(FLOOR(TO_UNIXTIME({0}) / 900) * 900)",
}
_LOCAL: _Texts = {  # an instant as the clock shows it in a zone
    "clickhouse": "toTimeZone({0}, {1})",
    "bigquery": "DATETIME({0}, {1})",
    "snowflake": "CONVERT_TIMEZONE('UTC', {1}, CAST({0} AS TIMESTAMPNTZ))",
    "trino": "CAST({0} AT TIME ZONE {1} AS TIMESTAMP)",
}
_SECONDS: _Texts = {  # from {1} to {0}
    "postgres": "CAST(EXTRACT(EPOCH FROM {0} - {1}) AS DOUBLE PRECISION)",
    "spark": "(UNIX_MICROS({0}) - UNIX_MICROS({1})) / 1000000D",
    "clickhouse": "dateDiff('microsecond', {1}, {0}) / 1000000",
    "bigquery": "TIMESTAMP_DIFF({0}, {1}, MICROSECOND) / 1000000",
    "snowflake": "DATEDIFF(MICROSECOND, {1}, {0}) / 1000000",
    "trino": "CAST(DATE_DIFF('microsecond', {1}, {0}) AS DOUBLE) / 1000000",
}
_DAYS: _Texts = {  # between two dates
    "spark": "DATEDIFF({0}, {1})",
    "clickhouse": "dateDiff('day', {1}, {0})",
    "bigquery": "DATE_DIFF({0}, {1}, DAY)",
    "trino": "DATE_DIFF('day', {1}, {0})",
}


def epoch(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """epoch_ms and epoch_us of an instant."""
    if isinstance(node, exp.UnixToTime) and node.args.get("scale") == exp.UnixToTime.MILLIS:
        return _own(_EPOCH_MS, dialect, node.this)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "epoch_us":
        return _own(_EPOCH_US, dialect, node.expressions[0])
    return None


def bucket(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """time_bucket of 15 minutes."""
    return _own(_BUCKET, dialect, node.expression) if isinstance(node, exp.DateBin) else None


def local_time(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """AT TIME ZONE."""
    return _own(_LOCAL, dialect, node.this, node.args["zone"]) if isinstance(node, exp.AtTimeZone) else None


def part(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """Hours and days of the week, containment, IS TRUE: what conditions of policies may say, see `parts.py`."""
    found = rewritten_part(node, dialect)
    return None if found is node else found


def seconds_between(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """epoch of the difference of two instants."""
    difference = node.this.unnest() if isinstance(node, exp.TimeToUnix) else None
    return _own(_SECONDS, dialect, difference.this, difference.expression) if isinstance(difference, exp.Sub) else None


def days_between(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """A date taken from a date."""
    if isinstance(node, exp.Sub) and isinstance(node.expression, exp.Cast) and node.expression.is_type("date"):
        return _own(_DAYS, dialect, node.this, node.expression)
    return None


def any_true(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """bool_or."""
    return exp.Max(this=node.this) if isinstance(node, exp.LogicalOr) else None


def remainder(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """x % 1 of a number with decimals: Postgres knows the remainder of whole numbers only."""
    if isinstance(node, exp.Mod) and node.expression.is_int and node.expression.name == "1":
        return exp.paren(exp.Sub(this=node.this, expression=exp.Floor(this=node.this.copy())))
    return None


def narrow_integer(node: exp.Expr, dialect: str) -> exp.Expr | None:
    """Small integers: these have one kind only."""
    return exp.DataType.build("bigint") if isinstance(node, exp.DataType) and node.is_type("smallint", "int") else None


def _own(texts: _Texts, dialect: str, *arguments: exp.Expr) -> exp.Expr:
    """The engine's own text with its arguments in their places."""
    names = [f"argument_{place}" for place in range(len(arguments))]
    tree = parse_one(texts[dialect].format(*names), dialect=dialect)
    found = dict(zip(names, arguments, strict=True))

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name.lower() in found:
            return exp.paren(found[node.name.lower()].copy())
        return node

    return tree.transform(filled)


REWRITES: dict[str, Callable[[exp.Expr, str], exp.Expr | None]] = {
    one.__name__: one
    for one in (
        epoch, bucket, local_time, part, seconds_between, days_between, any_true, remainder, narrow_integer,
    )
}  # fmt: skip
