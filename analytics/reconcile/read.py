"""Reading what a provider billed: a simple CSV, OpenAI's costs report, Anthropic's cost report, OpenRouter's activity.

CSV: provider, month (2026-10), amount and, optionally, item (or model, line_item), currency, usd_per_unit. Amounts in
another currency than USD need `usd_per_unit`, the rate on the invoice. Reports are the JSON of one page, a list of
pages, or one page per line. OpenAI gives USD as numbers, Anthropic cents as decimal strings (without Priority tier):
https://platform.openai.com/docs/api-reference/usage/costs
https://docs.anthropic.com/en/api/admin-api/usage-cost/get-cost-report
OpenRouter's activity, JSON or CSV, gives USD per day and model; what was paid to a provider with one's own key is that provider's to bill.
https://openrouter.ai/docs/api-reference/analytics
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from analytics.errors import LoadError
from analytics.prices.catalogue import PROVIDER_NAMES

MAX_BYTES = 200_000_000
_ITEMS = ("item", "line_item", "model", "description")
_ACTIVITY = frozenset({"date", "usage", "model_permaslug"})
_KNOWN = ("provider", "month", "amount", "currency", "usd_per_unit", *_ITEMS)


@dataclass(frozen=True)
class InvoiceLine:
    """What was billed for the days [starts, ends), UTC; `kind` is 'tokens', or what else it was for, or 'unknown'."""

    provider: str
    starts: date
    ends: date
    item: str
    kind: str
    amount_usd: float


def read_invoice(file: Path, provider: str | None = None) -> tuple[list[InvoiceLine], list[str]]:
    """The lines of an invoice and what a reader should know about it; `provider` stands where the file names none.

    Raises LoadError naming file, line, field and remedy; an invoice is read whole or not at all.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise LoadError(f"{file.name} is larger than 200 MB: an invoice or cost report is much smaller.")
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LoadError(f"{file}: there is no file to read ({error.strerror}): check the path.") from error
    except UnicodeDecodeError as error:
        raise LoadError(f"{file.name} is not UTF-8 text: export the invoice as CSV or JSON.") from error
    lines, notes = _report(file, text) if text.lstrip()[:1] in ("{", "[") else (_csv(file, text, provider), [])
    if not lines:
        raise LoadError(f"{file.name} holds no amounts: export the invoice again.")
    return lines, notes


def report_lines(file: Path) -> list[InvoiceLine]:
    """The lines of a provider's cost report, none where it holds no amounts. Raises LoadError."""
    return _report(file, file.read_text(encoding="utf-8"))[0]


def provider_id(name: str) -> str:
    """A provider as the log names it."""
    lower = name.strip().lower()
    return PROVIDER_NAMES.get(lower, lower)


def _csv(file: Path, text: str, provider: str | None) -> list[InvoiceLine]:
    rows = csv.DictReader(io.StringIO(text))
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    if set(names) >= _ACTIVITY:
        return [line for row in rows for line in _bucket(f"{file.name}, line {rows.line_num}", _lower(row))]
    for needed in ("month", "amount", *(() if provider else ("provider",))):
        if needed not in names:
            remedy = " (or name the provider with --provider)" if needed == "provider" else ""
            raise LoadError(
                f"{file.name} has no column '{needed}': an invoice file has the columns provider, month, amount{remedy}."
            )
    found = []
    for row in _rows(file, rows):
        where = f"{file.name}, line {rows.line_num}"
        value = {known: (row.get(names.get(known, "")) or "").strip() for known in _KNOWN}
        who = value["provider"] or provider or ""
        if not who:
            raise LoadError(f"{where}: provider is empty: name it there or with --provider.")
        starts, ends = _month(where, value["month"])
        item = next((value[name] for name in _ITEMS if value[name]), "")
        found.append(InvoiceLine(provider_id(who), starts, ends, item, "unknown", _amount(where, value)))
    return found


def _lower(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name.strip().lower(): value for name, value in row.items() if isinstance(name, str)}


def _rows(file: Path, rows: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise LoadError(f"{file.name}, line {rows.line_num}: the row is not valid CSV ({error}).") from error


def _month(where: str, text: str) -> tuple[date, date]:
    """The first day of a month and of the next."""
    try:
        starts = date.fromisoformat(text if len(text) > 7 else f"{text}-01").replace(day=1)
        return starts, (starts + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError) as error:
        raise LoadError(f"{where}: month '{text[:40]}' is not a month such as 2026-10.") from error


def _amount(where: str, value: Mapping[str, str]) -> float:
    amount = _number(where, "amount", value["amount"])
    currency = value["currency"].upper() or "USD"
    if currency == "USD":
        return amount
    if not value["usd_per_unit"]:
        raise LoadError(
            f"{where}: the amount is in {currency[:10]}: add a column usd_per_unit with the invoice's rate (USD for one {currency[:10]})."
        )
    return amount * _number(where, "usd_per_unit", value["usd_per_unit"])


def _number(where: str, name: str, text: str) -> float:
    plain = text.replace("$", "").replace(",", "").replace(" ", "")
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise LoadError(f"{where}: {name} '{text[:40]}' is not a number such as 1234.56.")
    return number


def _report(file: Path, text: str) -> tuple[list[InvoiceLine], list[str]]:
    pages = _pages(file, text)
    lines: list[InvoiceLine] = []
    notes: list[str] = []
    for page in pages:
        buckets = page.get("data", [page] if set(page) >= _ACTIVITY else None) if isinstance(page, dict) else None
        if not isinstance(buckets, list):
            raise LoadError(f"{file.name} is no cost report of OpenAI, Anthropic or OpenRouter: it has no 'data' list.")
        for number, bucket in enumerate(buckets, start=1):
            lines += _bucket(f"{file.name}, bucket {number}", bucket)
    if pages and pages[-1].get("has_more"):
        notes.append(f"{file.name} is not complete: the report goes on at page {pages[-1].get('next_page')}.")
    if any(line.provider == "anthropic" for line in lines):
        notes.append("Anthropic's cost report leaves out the Priority tier: its invoice may be higher.")
    return lines, notes


def _pages(file: Path, text: str) -> list[Any]:
    try:
        content = json.loads(text)
        return content if isinstance(content, list) else [content]
    except (json.JSONDecodeError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError) as error:
        raise LoadError(f"{file.name} is not valid JSON: save the API's answer as it came.") from error


def _bucket(where: str, bucket: Any) -> Iterable[InvoiceLine]:
    try:
        if "usage" in bucket and "date" in bucket:
            starts = date.fromisoformat(bucket["date"][:10])
            item = bucket.get("model") or bucket.get("model_permaslug") or ""
            return [
                InvoiceLine("openrouter", starts, starts + timedelta(days=1), item, "unknown", _finite(bucket["usage"]))
            ]
        if "starting_at" in bucket:
            days = (_day(bucket["starting_at"]), _day(bucket["ending_at"]))
            return [_anthropic(days, result) for result in bucket["results"]]
        days = (_epoch_day(bucket["start_time"]), _epoch_day(bucket["end_time"]))
        return [_openai(where, days, result) for result in bucket["results"]]
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise LoadError(f"{where}: {error!r} keeps it from being read: save the API's answer as it came.") from error


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(UTC).date()


def _epoch_day(seconds: Any) -> date:
    return datetime.fromtimestamp(int(seconds), UTC).date()


def _openai(where: str, days: tuple[date, date], result: Mapping[str, Any]) -> InvoiceLine:
    amount = result["amount"]
    if str(amount.get("currency", "usd")).lower() != "usd":
        raise LoadError(f"{where}: the amount is in {amount['currency']}: ask for the report in USD.")
    return InvoiceLine("openai", days[0], days[1], result.get("line_item") or "", "unknown", _finite(amount["value"]))


def _anthropic(days: tuple[date, date], result: Mapping[str, Any]) -> InvoiceLine:
    item = result.get("description") or result.get("model") or ""
    # Cents, although the report's currency says USD.
    return InvoiceLine(
        "anthropic", days[0], days[1], item, result.get("cost_type") or "unknown", _finite(result["amount"]) / 100
    )


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not an amount")
    return number
