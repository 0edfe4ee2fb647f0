"""The evidence on an architecture in sentences, as JSON, and as a table of text."""

from dataclasses import asdict
from typing import Any

from analytics.simulation.assess import Assessment
from analytics.simulation.checks import Check
from analytics.simulation.grade_words import EVIDENCE
from analytics.simulation.present import projection_json
from analytics.simulation.results import Estimate, Evidence, Projection
from analytics.simulation.sampling_plan import SamplingPlan

Z = 1.96
HARDLY, WORTH_SAYING, HARDLY_ANY = 0.97, 0.005, 0.005
UNNAMED = "requests without a use case"
MOST_NAMED = 3


def evidence_sentence(assessment: Assessment) -> str:
    """How sure we are, in one sentence with numbers (Markdown bold, no user text)."""
    one, overlap = assessment.projection, assessment.overlap
    quality, evidence = one.quality, one.evidence
    if one.grade == "C":
        return (
            f"Not sure: quality is anywhere from **{_percent(quality.low)} to {_percent(quality.high)}** ({EVIDENCE.lower()} C), "
            f"because the models it would use were never tried on {evidence.assumed:.0%} of the traffic"
        )
    text = (
        f"Quality is **{_percent(quality.mean)}, give or take {half_points(quality)} points** ({EVIDENCE.lower()} {one.grade}): "
        f"{_measured(evidence)}"
    )
    against = contradicting(assessment)
    if against:
        title = check_title(assessment).replace("the projection", "it")
        return f"{text}, but {title[:1].lower()}{title[1:]}"
    if overlap.unsupported >= WORTH_SAYING:
        return f"{text}, and for {overlap.unsupported:.1%} the log never shows the model that would answer"
    return text


def _measured(evidence: Evidence) -> str:
    """On what the traffic's quality rests, without what is nothing."""
    parts = (
        (evidence.observed, "on requests of the same kind"), (evidence.pooled, "on similar ones"), (evidence.assumed, "not at all"),
    )  # fmt: skip
    shown = [f"{part:.0%} {words}" for part, words in parts if part >= HARDLY_ANY]
    return f"its traffic is measured {_listed(shown)}"


def plan_sentence(plan: SamplingPlan) -> str:
    """What the prompts of a plan would bring, and where they go."""
    named = [f"{one.prompts:,} on {one.use_case or UNNAMED}" for one in plan.strata[:MOST_NAMED]]
    if len(plan.strata) > MOST_NAMED:
        rest = sum(one.prompts for one in plan.strata[MOST_NAMED:])
        named.append(f"{rest:,} on {len(plan.strata) - MOST_NAMED} more")
    where = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"{plan_answer(plan)[:-1]}: {where}."


def plan_answer(plan: SamplingPlan) -> str:
    """What the prompts of a plan would bring, in short."""
    prompts, now, then = (
        f"{plan.prompts:,} prompts side by side",
        *(f"±{width.half_width * 100:.1f}" for width in (plan.now, plan.then)),
    )
    if plan.now.grade == "C" and plan.then.grade == "C":
        return f"{prompts} would not be enough to measure the quality of {plan.architecture}."
    if plan.now.grade == "C":
        return f"{prompts} would narrow the quality of {plan.architecture} from bounds of {now} to {then} points."
    if plan.then.half_width > HARDLY * plan.now.half_width or now == then:
        return f"{prompts} would hardly narrow the quality of {plan.architecture}, known to {now} points already."
    return f"{prompts} would narrow the quality of {plan.architecture} from {now} to {then} points."


def contradicts(projection: Projection, check: Check) -> bool:
    """Whether a check and the projection differ by more than chance: beyond 1.96 standard errors of their difference,
    taken as independent; for grade C, whether the check's interval lies outside of the bounds."""
    value, quality = check.quality, projection.quality
    if value.mean is None or value.low is None or value.high is None or quality.low is None or quality.high is None:
        return False
    if quality.mean is None:
        return value.high < quality.low or value.low > quality.high
    error: float = ((value.high - value.low) ** 2 + (quality.high - quality.low) ** 2) ** 0.5 / (2 * Z)
    return bool(abs(value.mean - quality.mean) > Z * max(error, 1e-9))


def contradicting(assessment: Assessment) -> list[str]:
    """Names of the checks that the projection contradicts."""
    return [check.name for check in assessment.checks if contradicts(assessment.projection, check)]


def check_title(assessment: Assessment) -> str:
    """What the checks show, in a few words."""
    against = contradicting(assessment)
    if against:
        return f"{_listed(against)} {'contradicts' if len(against) == 1 else 'contradict'} the projection"
    defined = any(check.quality.mean is not None for check in assessment.checks)
    return "No other estimate contradicts the projection" if defined else "There is no other estimate"


def check_sentence(assessment: Assessment) -> str:
    """What the checks say together, and what that is worth."""
    defined = [check for check in assessment.checks if check.quality.mean is not None]
    if not defined:
        return "There is nothing else here to hold the projection against."
    against = contradicting(assessment)
    if against:
        return (
            f"{_listed(against)} {'differs' if len(against) == 1 else 'differ'} from the projection by more than chance: the "
            "scores, what is known of how the log came about, or the projection is wrong somewhere. Believe neither before more "
            "prompts were run side by side."
        )
    return (
        "No check contradicts the projection. That is no proof: they share scores or log with it, and what those do not record, "
        "such as why people chose a model, misleads all alike."
    )


def evidence_json(assessment: Assessment, plan: SamplingPlan | None) -> dict[str, Any]:
    """Qualities and shares in [0, 1], unknown as null."""
    projection = projection_json(assessment.projection)
    return {
        "architecture": projection["name"],
        "metric": assessment.metric,
        "grade": projection["grade"],
        "quality": projection["quality"],
        "evidence": projection["evidence"],
        "settle": projection["settle"],
        "cells": [asdict(one) for one in assessment.cells],
        "overlap": asdict(assessment.overlap),
        "checks": [
            asdict(check) | {"contradicts": contradicts(assessment.projection, check)} for check in assessment.checks
        ],
        "known_propensities": assessment.known_propensities,
        "suspicious": [asdict(one) | {"sentence": one.sentence} for one in assessment.suspicious],
        "plan": None if plan is None else asdict(plan) | {"sentence": plan_sentence(plan)},
    }


def evidence_text(assessment: Assessment, plan: SamplingPlan | None) -> str:
    """The answer, the overlap, the checks, the alarms and the plan."""
    overlap, projection = assessment.overlap, assessment.projection
    lines = [f"{projection.name}: {evidence_sentence(assessment).replace('**', '')}.", ""]
    width = max([len(one.use_case) for one in overlap.rows] + [8])
    names = max([len(one.model) for one in overlap.rows] + [5])
    lines.append(
        f"{'use case':<{width}}  {'model':<{names}}  traffic  in the log  unsupported  side by side  random  logged  worth"
    )
    lines += [
        f"{one.use_case:<{width}}  {one.model:<{names}}  {one.traffic:7.1%}  {one.logged_share:10.1%}  {one.unsupported:11.1%}  "
        f"{one.side_by_side:12,.0f}  {one.random:6,.0f}  {one.logged:6,.0f}  {one.effective:5,.0f}"
        for one in overlap.rows
    ]
    lines += ["", f"{'projection':<24}  {_interval(projection.quality)}"]
    lines += [f"{one.name:<24}  {one.why_not or _interval(one.quality)}" for one in assessment.checks]
    lines += [check_sentence(assessment), *(one.sentence for one in assessment.suspicious)]
    if plan is not None:
        lines += ["", plan_sentence(plan)]
        lines += [f"  {one.use_case or UNNAMED}: {one.prompts:,} with {', '.join(one.models)}" for one in plan.strata]
    return "\n".join(lines)


def half_points(quality: Estimate) -> str:
    """Half of an interval in points of quality: 0.9."""
    return "unknown" if quality.low is None or quality.high is None else f"{(quality.high - quality.low) * 50:.1f}"


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"


def _interval(quality: Estimate) -> str:
    if quality.mean is None:
        return f"{_percent(quality.low)} to {_percent(quality.high)}"
    return f"{quality.mean:.1%} ({_percent(quality.low)} to {_percent(quality.high)})"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
