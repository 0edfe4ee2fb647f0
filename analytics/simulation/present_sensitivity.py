"""A sensitivity analysis as JSON (the keys of the command line) and as text."""

from dataclasses import asdict
from typing import Any

from analytics.simulation.escalation import Escalation
from analytics.simulation.sensitivity import Sensitivity, Tornado, Unit


def tornado_json(name: str, tornado: Tornado) -> dict[str, Any]:
    """Money in USD per month, latency in seconds, qualities and shares in [0, 1]; unknown is null."""
    return {
        "name": name,
        "requests_per_month": tornado.requests_per_month,
        **asdict(tornado.outcome),
        "tolerated_loss": tornado.tolerated_loss,
        "holds": tornado.holds,
        "assumptions": [_assumption_json(one) for one in tornado.assumptions],
        "cascade_steps": [_step_json(one) for one in tornado.escalations],
    }


def _assumption_json(one: Sensitivity) -> dict[str, Any]:
    by_line = {found.line: found.value for found in one.break_evens}
    return asdict(one) | {
        "break_evens": {line: by_line.get(line) for line in ("saving", "quality", "latency")},
        "fragile": one.fragile,
    }


def _step_json(one: Escalation) -> dict[str, Any]:
    return asdict(one) | {"pays": one.pays}


def tornado_text(name: str, tornado: Tornado) -> str:
    """One line per assumption with its range, effects and break-even, then the cascade's steps."""
    outcome, month = tornado.outcome, tornado.requests_per_month
    lines = [
        f"{name} at {month:,.0f} requests a month: saves {_money(outcome.saving_usd)}, quality {_points(outcome.quality)}, "
        f"latency {outcome.latency_s:+.2f} s; tolerated are {_points(tornado.tolerated_loss)}.",
        "",
    ]
    width = max((len(one.name) for one in tornado.assumptions), default=10)
    lines.append(
        f"{'assumption':<{width}}  {'plausible':>22}  {'saving a month':>22}  {'quality':>16}  flips the decision at"
    )
    for one in tornado.assumptions:
        low, high = one.at_low, one.at_high
        lines.append(
            f"{one.name:<{width}}  {_range(_value(one.low, one.unit), _value(one.high, one.unit)):>22}  "
            f"{_range(_money(low.saving_usd), _money(high.saving_usd)):>22}  {_range(_points(low.quality), _points(high.quality)):>16}"
            f"  {_flips(one)}"
        )
    for step in tornado.escalations:
        pays = "unknown" if step.limit is None else f"pays below {step.limit:.1%}"
        lines.append(f"{step.model} -> {step.next_model}: {step.escalation:.1%} go on; {pays}")
    return "\n".join(lines)


def _flips(one: Sensitivity) -> str:
    found = [f"{_value(each.value, one.unit)} ({each.line})" for each in one.break_evens if each.line != "latency"]
    return ", ".join(found) or f"nothing from {_value(one.lowest, one.unit)} to {_value(one.highest, one.unit)}"


def _value(value: float, unit: Unit) -> str:
    if unit == "requests":
        return f"{value:,.0f}"
    if unit == "times":
        return f"{value:.3g}x"
    return f"{100 * value:.1f}%" if unit == "share" else _points(value)


def _range(low: str, high: str) -> str:
    return f"{low} to {high}"


def _money(usd: float | None) -> str:
    return "unknown" if usd is None else f"${usd:,.0f}" if usd >= 0 else f"-${-usd:,.0f}"


def _points(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:+.1f} pp"
