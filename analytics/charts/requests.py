"""One request's bill and timing in words."""

from analytics.audit.explain import Attempt, ExplainedRequest, PriceLine
from analytics.charts.format import count, money, seconds
from analytics.charts.loaded_words import FORMAT_WORDS
from analytics.currency import USD, Currency
from analytics.prices import PriceRow

_NAMES = {
    "input": "input",
    "cache_read": "cached input",
    "cache_write": "cache write",
    "output": "output",
    "reasoning": "reasoning",
}


def line_text(line: PriceLine, currency: Currency = USD) -> str:
    """The arithmetic of one line: 800 cached input tokens x $1.25 per million = $0.00100."""
    amount = exact(line.usd, currency)
    if line.kind in _NAMES:
        tokens = "token" if line.quantity == 1 else "tokens"
        return (
            f"{count(line.quantity)} {_NAMES[line.kind]} {tokens} x {rate(line.rate, currency)} per million = {amount}"
        )
    if line.kind == "batch":
        return f"batch price: x {line.quantity:g} = {amount}"
    return {
        "request": f"fee per request = {amount}",
        "other": f"search, tools, images (as logged) = {amount}",
        "gateway_cache": f"answered by the gateway's own cache = {currency.sign}0",
    }[line.kind]


def exact(usd: float | None, currency: Currency = USD) -> str:
    """An amount with enough digits to add up by hand: at least cents, at most ten digits."""
    if usd is None:
        return "unpriced"
    amount = currency.amount(usd)
    text = f"{abs(amount):,.10f}".rstrip("0")
    whole, _, digits = text.partition(".")
    shown = digits if len(digits) >= 2 else f"{digits:0<2}"
    return f"{'-' if amount < 0 else ''}{currency.sign}{whole}.{shown if abs(amount) >= 0.01 else f'{shown:0<5}'}"


def rate(usd_per_mtok: float | None, currency: Currency = USD) -> str:
    """A rate: $15, $2.50; converted with enough digits to multiply by hand: €1.1574074."""
    if usd_per_mtok is None:
        return "unpriced"
    amount, digits = currency.amount(usd_per_mtok), 4 if currency.code == "USD" else 7
    if not amount % 1:
        return f"{currency.sign}{amount:,.0f}"
    whole, _, part = f"{amount:,.{digits}f}".rstrip("0").partition(".")
    return f"{currency.sign}{whole}.{part:0<2}"


def price_text(price: PriceRow, currency: Currency = USD) -> str:
    """Where a price comes from, when it holds, and the rate it is converted at."""
    place = "Your own price" if price.source == "own" else f"List price at {price.provider} (genai-prices catalogue)"
    since = f"from {price.valid_from:%Y-%m-%d}" if price.valid_from else "undated"
    until = f" until {price.valid_to:%Y-%m-%d}" if price.valid_to else ""
    tier = f", tier above {price.above_tokens:,} input tokens" if price.above_tokens else ""
    return f"{place}, {since}{until}{tier}.{f' {currency.note}.' if currency.note else ''}"


def request_answer(found: ExplainedRequest) -> str:
    """One request in a sentence."""
    last = found.attempts[-1].row
    tried = "" if len(found.attempts) == 1 else f" in {len(found.attempts)} attempts"
    wait = "an unknown time" if last["request_latency_ms"] is None else seconds(last["request_latency_ms"] / 1000)
    billed = "unknown" if found.billed_cost is None else exact(found.billed_cost, found.currency)
    cost = f"{exact(found.list_cost, found.currency)} at list price, billed {billed}"
    if last["status"] == "ok":
        return f"{last['model']} answered{tried} in {wait} for {cost}."
    return f"No answer{tried}: {last['model']} failed; {cost}."


def attempt_facts(attempt: Attempt) -> dict[str, str]:
    """What the log says of a call, without its bill: name -> text; what it does not say is left out."""
    row = attempt.row
    facts = {
        "When, UTC": f"{row['timestamp']:%Y-%m-%d %H:%M:%S}",
        "Model": row["model"]
        if row["model"] == row["model_logged"]
        else f"{row['model']} (logged as {row['model_logged']})",
        "Status": row["status"] if not row["error"] else f"{row['status']}: {row['error'][:200]}",
        "Latency": _ms(row["latency_ms"]),
        "Time to first token": _ms(row["ttft_ms"]),
        "Score": None if row["quality"] is None else f"{row['quality']:.3g} ({row['quality_metric'] or 'quality'})",
        "Complexity": None
        if row["complexity"] is None
        else f"{row['complexity']:.2f} ({'given by the log' if row['complexity_given'] else 'by the rule'})",
        "Made for": row["origin"],
        "Tokens": "estimated" if row["tokens_estimated"] else None,
        "Saved by the prompt cache": money(row["cache_saving_usd"], currency=attempt.currency)
        if row["cache_saving_usd"]
        else None,
        "Tags": row["tags"],
    }
    plain = (
        "provider",
        "use_case",
        "team",
        "environment",
        "user_id",
        "session_id",
        "prompt_version",
        "source",
        "logical_id",
    )
    facts |= {name.replace("_", " ").capitalize(): row[name] for name in plain}
    facts["Source"] = FORMAT_WORDS.get(row["source"], row["source"])
    return {name: str(text) for name, text in facts.items() if text not in (None, "")}


def _ms(value: float | None) -> str | None:
    return None if value is None else f"{value:,.0f} ms"
