"""The verdict on an architecture: what to change, what that saves, how sure it is. One text for every page and file."""

from dataclasses import dataclass
from typing import Literal

from analytics.charts.format import UNKNOWN, change, interval, money, points, seconds, share, signed_seconds
from analytics.charts.present import EVEN, LIKELY, best_alternative
from analytics.currency import USD, Currency
from analytics.simulation import Projection, Scenario, Simulation
from analytics.simulation.grade_words import EVIDENCE
from analytics.simulation.project import DEFAULT_MARGIN

Verdict = Literal["move", "other", "measure", "try", "risky", "stay"]


@dataclass(frozen=True)
class Choice:
    """A comparison, the place among its projections of the architecture it is about (None without any), and its currency."""

    simulation: Simulation
    scenario: Scenario
    chosen: int | None = None
    currency: Currency = USD

    @property
    def current(self) -> Projection:
        """What is run today."""
        return self.simulation.projections[0]

    @property
    def projection(self) -> Projection | None:
        """The architecture it is about."""
        return None if self.chosen is None else self.simulation.projections[self.chosen]

    @property
    def recommended(self) -> bool:
        """Whether the numbers speak for this architecture rather than for another one."""
        return self.projection is not None and self.projection is best_alternative(self.simulation)

    def money(self, usd: float | None, unknown: str = UNKNOWN) -> str:
        """An amount as it is written."""
        return money(usd, unknown, self.currency)


def choose(simulation: Simulation, scenario: Scenario, about: int | None = None, currency: Currency = USD) -> Choice:
    """The choice of the architecture at the place `about` (from 1), by default the one the numbers speak for, else the first."""
    best = best_alternative(simulation)
    place = None if best is None else simulation.projections.index(best)
    first = 1 if len(simulation.projections) > 1 else None
    return Choice(simulation, scenario, about or place or first, currency)


def verdict(choice: Choice) -> Verdict:
    """Move to the architecture; look at another one, which is better; measure first; try it on a part; leave it; stay."""
    one = choice.projection
    if one is None or (one.vs_current.cost.mean or 0.0) >= 0:
        return "stay"
    if one.quality.mean is None or one.vs_current.quality.mean is None or one.quality_floor_probability is None:
        return "measure"
    if one.quality_floor_probability < EVEN:
        return "risky"
    if one.quality_floor_probability < LIKELY:
        return "try"
    return "move" if choice.recommended else "other"


def headline(choice: Choice) -> str:
    """What to do and what it saves, as short as a slide's title. Plain text."""
    one, now = choice.projection, choice.current.monthly_cost_usd.mean
    if one is None:
        return f"Today's traffic costs {choice.money(now, 'an unknown amount')} a month"
    difference = one.vs_current.cost.mean
    if difference is None or now is None:
        return f"What {one.name} would save is unknown: a model has no price"
    part = change(difference, now)
    if difference >= 0:
        return f"Stay with today's architecture: {one.name} costs {choice.money(difference)} more than its {choice.money(now)} a month ({part})"
    best = best_alternative(choice.simulation)
    amount = f"{choice.money(-difference)} of {choice.money(now)} a month ({part.removeprefix('-')})"
    condition = " once its checker is measured" if one.checker_stated else ""
    return {
        "move": f"Move to {one.name}{condition}: it saves {amount}",
        "other": f"{one.name} saves {amount}, but {best.name if best else 'another one'} saves more",
        "measure": f"Measure {one.name} first: it would save {amount}, quality not measured yet",
        "try": f"Try {one.name} on a part of the traffic first: it would save {amount}",
        "risky": f"Do not move to {one.name} yet: it would save {amount}, but quality would probably fall too far",
    }[verdict(choice)]


def how_sure(choice: Choice) -> str:
    """How likely quality is to hold, and on what evidence; empty where nothing is saved. Plain text."""
    one = choice.projection
    if one is None or verdict(choice) == "stay":
        return ""
    evidence = f"{EVIDENCE.lower()} {one.grade}"
    if one.quality_floor_probability is None:
        return f"quality could be anywhere from {interval(share(one.quality.low), share(one.quality.high))}, {evidence}"
    proviso = " if the checker is as stated" if one.checker_stated else ""
    return f"{chance(one.quality_floor_probability)} likely to keep quality {floor_text(choice.scenario)}{proviso}, {evidence}"


def statement(choice: Choice) -> str:
    """The verdict as one sentence: what to change, what it saves, how sure that is. Plain text."""
    sure = how_sure(choice)
    return f"{headline(choice)}; {sure}." if sure else f"{headline(choice)}."


def consequence(choice: Choice) -> str:
    """Quality and waiting time that go with the verdict, in a sentence. Plain text."""
    one = choice.projection
    if one is None:
        return "Nothing is compared yet: choose an architecture to compare with today's."
    quality, slower = one.vs_current.quality, one.vs_current.latency.mean
    if one.quality.mean is None or quality.mean is None:
        text = f"Quality would lie between {share(one.quality.low)} and {share(one.quality.high)}; nobody has measured where."
    else:
        low, high = (points(end).removesuffix(" points") for end in (quality.low, quality.high))
        text = (
            f"Quality would be {share(one.quality.mean)} ({points(quality.mean)}, 95% interval {interval(low, high)})."
        )
    return f"{text} An answer would take {seconds(one.latency_s.mean)}{_against_today(slower, one.latency_s.mean)}."


def _against_today(slower: float | None, wait: float | None) -> str:
    """The change beside a waiting time, in brackets, no finer than the time itself is written."""
    if slower is None:
        return ""
    written = signed_seconds(slower, wait)
    return " (as today)" if written == "+0.0 s" else f" ({written})"


def best_label(choice: Choice) -> str:
    """The choice that nobody made, in a list of architectures."""
    name = "" if choice.projection is None else choice.projection.name
    if not name:
        return "Nothing to recommend"
    words = {"move": "Recommended", "try": "To be tried first"}.get(verdict(choice), "Not recommended yet")
    return f"{words}: {name}"


def chance(probability: float) -> str:
    """92%; never 0 or 100, which no evidence gives."""
    if probability < 0.005:
        return "less than 1%"
    return "more than 99%" if probability > 0.995 else share(probability, 0)


def floor_text(scenario: Scenario) -> str:
    """The quality floor that applies, after "stay" or "keep quality"."""
    floor = scenario.quality_floor
    return (
        f"within {100 * DEFAULT_MARGIN:.1f} points of today's"
        if floor is None
        else f"above the floor of {share(floor)}"
    )
