"""The stages of a rollout, in a sentence and a table."""

from typing import TYPE_CHECKING

from analytics.charts.format import UNKNOWN, count, points, share
from analytics.tracking import Rollout

if TYPE_CHECKING:
    import polars as pl


def rollout_table(rollout: Rollout) -> "pl.DataFrame":
    """One row of text per stage."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "Stage": share(one.share, 0),
                "Scored answers, new plan": "no number settles it" if one.new_scores is None else count(one.new_scores),
                "Scored answers, both": "" if one.scores is None else count(one.scores),
                "Days for quality": days_text(one.quality_days),
                "Requests for cost": count(one.requests),
                "Days for cost": days_text(one.cost_days),
            }
            for one in rollout.stages
        ]
    )


def rollout_sentence(rollout: Rollout) -> str:
    """How long the stages take together, or why they never end."""
    days = [one.days for one in rollout.stages]
    shares = ", ".join(share(one.share, 0) for one in rollout.stages)
    if any(one.scores is None for one in rollout.stages):
        if rollout.expected is not None and rollout.expected + rollout.tolerated <= 0:
            return (
                f"The projection itself loses {points(-rollout.expected).removeprefix('+')} of quality and {points(rollout.tolerated).removeprefix('+')} "
                "are tolerated: no sample will settle that in its favour. Tolerate more, or choose a better plan."
            )
        return "Today's scores are too few to compare the last stage with: score more of them first."
    if any(one is None for one in days):
        return "Nothing is scored or priced in this log, so the days cannot be told; the answers needed are below."
    return (
        f"Stages of {shares} take {' + '.join(days_text(one) for one in days)} to show that quality falls by less than "
        f"{points(rollout.tolerated).removeprefix('+')} and cost is within {share(rollout.cost_tolerance, 0)} of the projection."
    )


def rollout_note(rollout: Rollout) -> str:
    """Error, power, and what was assumed."""
    assumed = "no change, since it is not measured" if rollout.expected is None else points(rollout.expected)
    return (
        f"At {count(rollout.requests_per_day)} requests a day of which {share(rollout.scored_share, 0)} are scored. Expected change of quality: {assumed}. "
        f"If that holds, each stage sees it with probability {share(rollout.power, 0)}; the risk of going on with a plan that loses more than tolerated "
        f"is {share(rollout.error, 0)} over all stages. The last stage is compared with the scores before."
    )


def days_text(days: float | None) -> str:
    """2 days; under a day."""
    if days is None:
        return UNKNOWN
    return "under a day" if days < 1 else f"{days:,.0f} {'day' if round(days) == 1 else 'days'}"
