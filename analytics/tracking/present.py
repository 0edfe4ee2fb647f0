"""Adoptions, tracking and rollouts as JSON: the keys of the command line. Money in USD, latency in seconds, unknown is null."""

from dataclasses import asdict
from typing import Any

from analytics.policies import architecture_toml
from analytics.simulation import Estimate
from analytics.tracking.adoptions import Adoption
from analytics.tracking.periods import Comparison, Measure, Period
from analytics.tracking.rollout import Rollout, Stage
from analytics.tracking.track import Alarm, Tracking

KEYS: dict[Measure, str] = {"cost": "cost_per_request_usd", "latency": "latency_s", "quality": "quality"}


def adoption_json(adoption: Adoption) -> dict[str, Any]:
    """What was adopted and what it was expected to do."""
    estimates: dict[str, Estimate] = {
        "cost_per_request_usd": adoption.cost_usd, "latency_s": adoption.latency_s, "quality": adoption.quality
    }  # fmt: skip
    return {
        "name": adoption.name,
        "from": adoption.starts.isoformat(),
        "adopted_at": adoption.adopted_at.isoformat(),
        "author": adoption.author,
        "note": adoption.note,
        "metric": adoption.metric,
        "requests_per_month": adoption.requests_per_month,
        "per_request": {name: asdict(one) for name, one in estimates.items()},
        "projection": adoption.projection,
        "current": adoption.current,
        "scenario": adoption.scenario,
        "scope": {name: list(getattr(adoption.scope, name)) for name in ("use_cases", "teams", "environments")},
        "prices": adoption.prices,
        "architecture": adoption.architecture_toml,
    }


def tracking_json(tracking: Tracking, sentences: list[str]) -> dict[str, Any]:
    """Reality against the projection; `sentences` are those of the alarms, in their order."""
    return {
        "adoption": adoption_json(tracking.adoption),
        "total": tracking.total and period_json(tracking.total),
        "weeks": [period_json(one) for one in tracking.weeks],
        "alarms": [alarm_json(one, said) for one, said in zip(tracking.alarms, sentences, strict=True)],
        "causes": {KEYS[measure]: [asdict(one) for one in found] for measure, found in tracking.causes.items()},
        "use_cases": [asdict(one) for one in tracking.use_cases],
        "unpriced_share": tracking.unpriced_share,
    }


def period_json(period: Period) -> dict[str, Any]:
    """Some days: every measure, and the parts of its difference. Cost parts are USD of the days."""
    usd, waits, quality = period.usd, period.latency, period.quality
    return {
        "first_day": period.first.isoformat(),
        "last_day": period.last.isoformat(),
        "requests": period.requests,
        "expected_requests": period.expected_requests,
        "adherence": period.adherence,
        **{KEYS[measure]: comparison_json(one) for measure, one in period.measures.items()},
        "cost_usd": usd and {"expected": usd.expected, "actual": usd.actual, "parts": usd.named()},
        "latency_parts_s": waits and {name: value / 1e3 for name, value in waits.parts.items()},
        "quality_parts": quality and quality.parts,
    }


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Projected, the band if judged, actual with its interval, and on which side it left the band."""
    plain = {name: value for name, value in asdict(comparison).items() if not name.startswith("doubt")}
    return plain | {"difference": asdict(comparison.difference), "outside": comparison.outside}


def alarm_json(alarm: Alarm, sentence: str) -> dict[str, Any]:
    """An alarm with its causes."""
    return {
        "measure": KEYS[alarm.measure],
        "since": alarm.since.isoformat(),
        "better": alarm.better,
        "comparison": comparison_json(alarm.comparison),
        "causes": [asdict(one) for one in alarm.causes],
        "sentence": sentence,
    }


def rollout_json(rollout: Rollout) -> dict[str, Any]:
    """The stages and what they stand on."""
    plain = {name: value for name, value in asdict(rollout).items() if name != "stages"}
    return plain | {"stages": [_stage_json(one) for one in rollout.stages]}


def _stage_json(stage: Stage) -> dict[str, Any]:
    return {
        "share": stage.share,
        "scores": stage.scores,
        "new_scores": stage.new_scores,
        "quality_days": stage.quality_days,
        "requests": stage.requests,
        "cost_days": stage.cost_days,
        "days": stage.days,
        "toml": architecture_toml(stage.architecture),
        "notes": list(stage.notes),
    }
