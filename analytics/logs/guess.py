"""Guessing which column of an unknown log is what, from its names and the values of its first records.

A guess is a proposal, for a person to confirm. Names decide what a column may be, values whether it can be;
units come from names, else from what is plausible: latencies of seconds, money near list price.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import log10
from pathlib import Path
from statistics import median

import duckdb

from analytics.errors import LoadError
from analytics.logs.containers import sample_records
from analytics.logs.formats.sql import instant
from analytics.logs.mapping import CANONICAL_NAMES, Column, Mapping
from analytics.logs.sniff import sniff
from analytics.prices import price_usd, resolve_prices
from analytics.store.connection import connect_memory
from analytics.store.segments import quoted

SAMPLED_RECORDS = 200
DEEPEST_KEY = 3
SHOWN_VALUES = 3
# A typical answer takes longer than this many milliseconds and less than this many seconds.
LONGEST_SECONDS = 200.0


@dataclass(frozen=True)
class Guess:
    """A proposed mapping, why each unit was chosen, and sample values of every column and key the file has."""

    mapping: Mapping
    reasons: dict[str, str] = field(default_factory=dict)
    samples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    candidates: dict[str, Column] = field(default_factory=dict)


Values = Sequence[str]
# In the order of choice: what is named earlier takes its column first, and of two patterns the earlier fits better.
_names: dict[str, tuple[str, ...]] = {
    "cache_read_tokens": (r"(cache_read|cached|cache_hit)(_input)?_tokens?$", r"(cache_read|cached)_?(input|prompt)?(_token)?(_count)?$", r"tokens?_(cached|cache_read)$"),
    "cache_write_tokens": (r"cache_(write|creation)(_input)?_tokens?$", r"cache_(write|creation)$"),
    "reasoning_tokens": (r"(reasoning|thinking|thoughts?)(_output)?_tokens?$", r"tokens?_reasoning$", r"(reasoning|thoughts)_token_count$"),
    "input_tokens": (r"(input|prompt|context)_(tokens?|token_count|units)$", r"tokens?_(in|input|prompt)$", r"n_(prompt|input|context)_tokens.*$", r"(req|request)_(tokens|units)$", r"(tokens|usage).*_(input|prompt|in)$"),
    "output_tokens": (r"(output|completion|generated|candidates)_(tokens?|token_count|units)$", r"tokens?_(out|output|completion|generated)$", r"n_(generated|output|completion)_tokens.*$", r"(res|response|answer)_(tokens|units)$", r"(tokens|usage).*_(output|completion|out)$"),
    "request_id": (r"^(request|call|generation|completion|inference|log|event)_?(id|uuid)$", r"^(id|uuid|guid)$", r"(^|_)(span|response|message|transaction|correlation|trace)_?id$", r"_id$"),
    "timestamp": (r"^timestamp$|^@?time(stamp)?$|^ts$", r"(start|begin|request|created|called|event).*(at|time|timestamp|date|ts)$", r"^(created|started|date|datetime|when)$", r"(time|timestamp|date|_at|_ts)$"),
    "model": (r"^model(_name|_id)?$", r"(^|_)model(_name|_id)?$", r"^(deployment|engine|llm)(_name|_id)?$"),
    "provider": (r"(^|_)(provider|vendor)(_name)?$",),
    "ttft_ms": (r"ttft", r"(time_to_)?first_(token|byte|chunk)"),
    "latency_ms": (r"(^|_)latency", r"(^|_)(duration|elapsed|took|response_time|total_time|runtime|processing_time)", r"(^|_)(time_taken|wall_time)"),
    "cost_usd": (r"(^|_)(total_)?cost(_usd|_cents|_total|_in_usd|_nano.*|_micro.*)?$", r"^(spend|charge|amount|price|total_price)(_usd|_cents)?$"),
    "status": (r"(^|_)(status|outcome|success|succeeded|is_success|ok)(_code)?$", r"^http_(status|code)$"),
    "error": (r"(^|_)error(_message|_text|_type)?$", r"^exception(_message)?$"),
    "use_case": (r"(^|_)use_?case$", r"^(task|feature|workflow|operation|intent|purpose|category)(_name|_type)?$"),
    "team": (r"(^|_)(team|department|squad|cost_center|business_unit)(_name|_id|_alias)?$", r"^(project|organization|org)(_name|_id)?$"),
    "user_id": (r"(^|_)(end_)?user(_id|_name)?$", r"^customer(_id)?$"),
    "environment": (r"^(env|environment|stage|deployment_environment)$", r"_(env|environment)$"),
    "session_id": (r"(^|_)(session|conversation|thread|chat)(_id)?$",),
    "trace_id": (r"(^|_)trace_?id$",),
    "prompt_version": (r"prompt_(version|id|template|name)",),
    "attempt": (r"^(attempt|retry|try)(_number|_no|_count)?$",),
    "batch": (r"^(is_)?batch$",),
    "cache_hit": (r"^(is_)?(cache_hit|from_cache|cached_response)$",),
    "quality": (r"^(quality|score|rating|feedback|eval_score)(_score)?$", r"_(score|rating)$"),
    "quality_metric": (r"^(quality_metric|metric|score_name|metric_name)$",),
    "prompt": (r"^(prompt|input|messages|query|question)(_text)?$",),
}  # fmt: skip


def guess_mapping(file: Path, name: str = "mapping") -> Guess:
    """What the columns of `file` probably mean. Raises LoadError when it has no records."""
    sniffed = sniff(file)
    with connect_memory() as connection:
        try:
            records = sample_records(connection, file, sniffed, SAMPLED_RECORDS)
        except (duckdb.Error, ValueError, RecursionError) as error:
            raise LoadError(f"{file.name} cannot be read: {str(error).splitlines()[0]}.") from error
        if not records:
            raise LoadError(f"{file.name} holds no records to guess from: export the log again.")
        columns, values = _flattened(records)
        tests = _tests(connection)
        chosen: dict[str, str] = {}
        for canonical in _names:
            label = _best(canonical, values, set(chosen.values()), tests.get(canonical, lambda found: True))
            if label:
                chosen[canonical] = label
    mapped = {canonical: columns[label] for canonical, label in chosen.items()}
    texts = {canonical: values[label] for canonical, label in chosen.items()}
    reasons = {}
    for canonical, unit, why in _units(chosen, texts, records, columns):
        mapped[canonical] = replace(mapped[canonical], unit=unit)
        reasons[canonical] = why
    # What only some records have cannot be asked of the next file.
    always = [label for label in chosen.values() if len(values[label]) == len(records)]
    signature = tuple(sorted({columns[label].column for label in always or chosen.values()}))
    with_cache, with_reasoning = _inclusive(chosen, records, columns)
    ordered = {canonical: mapped[canonical] for canonical in CANONICAL_NAMES if canonical in mapped}
    mapping = Mapping(name, signature, ordered, with_cache, with_reasoning)
    shown = {label: tuple(dict.fromkeys(found))[:SHOWN_VALUES] for label, found in values.items()}
    return Guess(mapping, reasons, shown, columns)


def _flattened(records: Sequence[dict[str, object]]) -> tuple[dict[str, Column], dict[str, Values]]:
    """Every column and key of the records, and its values as texts, empty ones left out."""
    columns: dict[str, Column] = {}
    values: dict[str, list[str]] = {}
    for record in records:
        for column, value in _leaves(record):
            columns.setdefault(column.label, column)
            found = values.setdefault(column.label, [])
            if value is not None and value != "":
                found.append(str(value).lower() if isinstance(value, bool) else str(value))
    return columns, dict(values)


def _leaves(record: dict[str, object]) -> Iterator[tuple[Column, object]]:
    for name, value in record.items():
        yield from _below(Column(name), value, DEEPEST_KEY)


def _below(column: Column, value: object, depth: int) -> Iterator[tuple[Column, object]]:
    if not isinstance(value, dict) or not depth or not value:
        yield column, None if isinstance(value, dict) else value
        return
    for key, inner in value.items():
        if "." not in str(key):
            yield from _below(Column(column.column, f"{column.key}.{key}".lstrip(".")), inner, depth - 1)


def _best(canonical: str, values: dict[str, Values], taken: set[str], fits: Callable[[Values], bool]) -> str:
    """The free column whose name fits best and whose values can be what is wanted; '' without one."""
    found = []
    for label, texts in values.items():
        name = _snake(label)
        rank = next((rank for rank, pattern in enumerate(_names[canonical]) if re.search(pattern, name)), None)
        if rank is not None and label not in taken and texts and fits(texts):
            found.append((rank, label.count("."), len(label), label))
    return min(found)[3] if found else ""


def _snake(label: str) -> str:
    """camelCase, dots, spaces and dashes as snake_case."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", label)
    return re.sub(r"[^a-z0-9@]+", "_", spaced.lower()).strip("_")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _numbers(texts: Values) -> list[float]:
    return [value for value in map(_number, texts) if value is not None]


def _counts(texts: Values) -> bool:
    found = _numbers(texts)
    return len(found) == len(texts) and all(value >= 0 and value % 1 == 0 for value in found)


def _amounts(texts: Values) -> bool:
    found = _numbers(texts)
    return len(found) == len(texts) and all(value >= 0 for value in found)


def _tests(connection: duckdb.DuckDBPyConnection) -> dict[str, Callable[[Values], bool]]:
    """What the values of a column must be like."""

    def times(texts: Values) -> bool:
        parsed = f"TRY_CAST({instant('text')} AS TIMESTAMPTZ)"
        rows = ", ".join(f"({quoted(text)})" for text in texts[:20])
        bad = f"count(*) FILTER ({parsed} IS NULL OR {parsed} < TIMESTAMPTZ '2000-01-01' OR {parsed} > TIMESTAMPTZ '2100-01-01')"
        return bool(connection.execute(f"SELECT {bad} = 0 FROM (VALUES {rows}) AS texts (text)").fetchall()[0][0])

    tests: dict[str, Callable[[Values], bool]] = dict.fromkeys(
        ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "attempt"),
        _counts,
    )
    tests |= dict.fromkeys(("latency_ms", "ttft_ms", "cost_usd", "quality"), _amounts)
    tests["timestamp"] = times
    tests["request_id"] = lambda texts: len(set(texts)) == len(texts)
    tests["model"] = lambda texts: not _numbers(texts)
    truths = {"true", "false", "0", "1", "yes", "no"}
    tests |= dict.fromkeys(("batch", "cache_hit"), lambda texts: {text.lower() for text in texts} <= truths)
    return tests


_unit_names = {
    "ms": r"(^|_)(ms|millis|milliseconds|msec)(_|$)", "ns": r"(^|_)(ns|nanos|nanoseconds)(_|$)", "us": r"(^|_)(us|micros|microseconds)(_|$)",
    "s": r"(^|_)(s|sec|secs|seconds)(_|$)",
}  # fmt: skip
_money_names = {"nanodollars": r"nano", "microdollars": r"micro", "cents": r"cent", "usd": r"usd|dollar"}


def _units(
    chosen: dict[str, str], texts: dict[str, Values], records: Sequence[dict[str, object]], columns: dict[str, Column]
) -> Iterator[tuple[str, str, str]]:
    """(canonical name, unit, why) for the columns that have one."""
    for canonical in ("latency_ms", "ttft_ms"):
        if canonical in chosen:
            yield canonical, *_duration(_snake(chosen[canonical]), texts[canonical])
    if "cost_usd" in chosen:
        named = next(
            (unit for unit, pattern in _money_names.items() if re.search(pattern, _snake(chosen["cost_usd"]))), ""
        )
        ratio = _times_list_price(chosen, records, columns)
        if named:
            yield "cost_usd", named, "unit by its name"
        elif ratio is not None:
            sizes = {"usd": 1.0, "cents": 1e2, "microdollars": 1e6, "nanodollars": 1e9}
            unit = min(sizes, key=lambda one: abs(log10(ratio / sizes[one])))
            yield "cost_usd", unit, f"unit by its values, {ratio:.3g} times the list price in USD"
        else:
            yield "cost_usd", "usd", "unit assumed"
    if "quality" in chosen:
        most = max(_numbers(texts["quality"]))
        yield (
            "quality",
            "share" if most <= 1 else "stars" if most <= 5 else "percent",
            f"scale by its values, up to {most:g}",
        )


def _duration(name: str, texts: Values) -> tuple[str, str]:
    named = next((unit for unit, pattern in _unit_names.items() if re.search(pattern, name)), "")
    if named:
        return named, "unit by its name"
    typical = median(_numbers(texts))
    for unit, most in (("s", LONGEST_SECONDS), ("ms", LONGEST_SECONDS * 1e3), ("us", LONGEST_SECONDS * 1e6)):
        if typical <= most:
            return unit, f"unit by its values, typically {typical:g}"
    return "ns", f"unit by its values, typically {typical:g}"


def _rows(
    names: Sequence[str], chosen: dict[str, str], records: Sequence[dict[str, object]], columns: dict[str, Column]
) -> Iterator[list[str | None]]:
    """The values of chosen columns record by record."""
    for record in records:
        found = {column.label: value for column, value in _leaves(record)}
        row = [found.get(chosen.get(name, "")) for name in names]
        yield [None if value is None else str(value) for value in row]


def _times_list_price(
    chosen: dict[str, str], records: Sequence[dict[str, object]], columns: dict[str, Column]
) -> float | None:
    """How many times the list price in USD the cost column is on a typical record; None without a price."""
    ratios = []
    for model, *rest in _rows(("model", "input_tokens", "output_tokens", "cost_usd"), chosen, records, columns):
        asked, answered, cost = (_number(text or "") for text in rest)
        rows = resolve_prices([(model, None)])[0].rows if model else ()
        if rows and asked is not None and answered is not None and cost:
            usd = float(price_usd(rows[-1], asked, answered))
            ratios += [cost / usd] if usd > 0 and cost > 0 else []
    return median(ratios) if ratios else None


def _inclusive(
    chosen: dict[str, str], records: Sequence[dict[str, object]], columns: dict[str, Column]
) -> tuple[bool, bool]:
    """Whether the input contains the cache and the output the reasoning: not where a part is more than the whole, and
    not where only their sum makes the total.
    """
    total = next((label for label in columns if re.search(r"(^|_)total(_tokens?)?$", _snake(label))), "")
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "total")
    with_cache = with_reasoning = True
    for row in _rows(names, chosen | {"total": total}, records, columns):
        asked, answered, read, written, thought, stated = (_number(text or "") or 0.0 for text in row)
        with_cache &= read + written <= asked
        with_reasoning &= thought <= answered
        if stated and stated == asked + answered + read + written + thought and stated != asked + answered:
            with_cache &= not read + written
            with_reasoning &= not thought
        elif stated and read + written and stated == asked + answered + read + written:
            with_cache = False
    return with_cache, with_reasoning
