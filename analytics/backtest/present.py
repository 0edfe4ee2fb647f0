"""A backtest as JSON and as a table of text."""

from collections.abc import Sequence
from typing import Any

from analytics.backtest.full_information import FullInformation
from analytics.backtest.run import Verdict
from analytics.outcomes.health import suspicious_cells


def backtest_json(full: FullInformation, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Quality, bias, error and width in [0, 1]; bias and error are null for grade C."""
    return {
        "prompts": len(full),
        "incomplete": full.incomplete,
        "models": list(full.models),
        "metric": full.metric,
        "suspicious": [cell.sentence for cell in suspicious_of(full)],
        "architectures": [
            {
                "name": one.name, "logging": one.logging, "pairs": one.pairs, "truth": one.truth, "grade": one.grade,
                "bias": one.bias, "rmse": one.rmse, "coverage": one.coverage, "width": one.width,
                "naive_rmse": one.naive_rmse, "replays": len(one.covered),
            }
            for one in verdicts
        ],
    }  # fmt: skip


def backtest_text(full: FullInformation, verdicts: Sequence[Verdict]) -> str:
    """A line per way of logging and architecture, in points of quality."""
    lines = [f"{len(full):,} prompts that {len(full.models)} models answered, quality by '{full.metric}'"]
    if full.incomplete:
        lines.append(f"{full.incomplete:,} prompts without an answer of every model are left out")
    lines += [cell.sentence for cell in suspicious_of(full)]
    width = max(len(one.name) for one in verdicts)
    logging = ""
    for one in verdicts:
        if one.logging != logging:
            logging = one.logging
            lines += ["", f"{logging}, {one.pairs:,} prompts side by side, {len(one.covered):,} replays"]
            lines.append(f"  {'':{width}}   truth grade    bias   rmse  naive  width  coverage")
        lines.append(
            f"  {one.name:{width}}  {one.truth:6.1%} {one.grade:>5}  {_points(one.bias, True)} {_points(one.rmse)} "
            f"{_points(one.naive_rmse)} {_points(one.width)}  {one.coverage:8.1%}"
        )
    return "\n".join(lines)


def suspicious_of(full: FullInformation) -> list[Any]:
    """Use cases whose scores look broken."""
    return suspicious_cells(full.use_case, full.models, full.quality)


def _points(value: float | None, signed: bool = False) -> str:
    if value is None:
        return f"{'-':>6}"
    return f"{value * 100:{'+' if signed else ''}6.2f}"
