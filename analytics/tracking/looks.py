"""Looking every week without crying wolf.

A projection is looked at again and again, at three measures, and each time over every stretch of weeks that ends now (a
shift may have begun in any of them). All of it spends one error budget that lasts for ever: at look k of a measure, each of
the k stretches may be wrong with probability

    alpha / 3 / (k (k + 1)) / k        alpha = 5%,   and   1/(1·2) + 1/(2·3) + 1/(3·4) + ... = 1

so that by the union bound the chance of any false alarm, ever, at any measure, is at most 5%, whatever the weeks and the
stretches have in common (alpha spending: Lan & DeMets 1983). The price is a band of 2.4 standard errors in the first week
instead of 2.0, of 3.9 in the fifth; a lasting shift is found all the same, since longer stretches have smaller errors.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Literal

from analytics.simulation import Estimate

FALSE_ALARMS = 0.05
MEASURES = 3
Z95 = 1.959963984540054
Side = Literal["above", "below"]


@dataclass(frozen=True)
class Look:
    """What a week says of a measure: its mean, the mean's standard error, and what it counts among weeks."""

    mean: float
    deviation: float
    weight: float


def look_level(look: int) -> float:
    """The probability of a false alarm that one stretch may spend at look number `look` (from 1) of a measure."""
    return FALSE_ALARMS / MEASURES / (look * (look + 1)) / look


@cache
def look_z(look: int) -> float:
    """Standard errors on either side that the look allows."""
    return -NormalDist().inv_cdf(look_level(look) / 2)


def band(projected: Estimate, deviation: float, look: int) -> tuple[float, float] | None:
    """Where an actual mean with the standard error `deviation` may lie; None without a projection.

    The projection's own doubt, from its 95% interval, may differ on the two sides.
    """
    if projected.mean is None or projected.low is None or projected.high is None:
        return None
    z = look_z(look)
    below, above = (abs(side - projected.mean) / Z95 for side in (projected.low, projected.high))
    return projected.mean - z * math.hypot(below, deviation), projected.mean + z * math.hypot(above, deviation)


def shifted_since(projected: Estimate, looks: Sequence[Look]) -> tuple[int, Side] | None:
    """The first week of the stretch up to the last look that left its band furthest, and on which side; None if none did."""
    found, furthest = None, 1.0
    for start in range(len(looks)):
        stretch = looks[start:]
        weight = sum(one.weight for one in stretch)
        mean = sum(one.weight * one.mean for one in stretch) / weight
        deviation = math.sqrt(sum((one.weight * one.deviation) ** 2 for one in stretch)) / weight
        allowed = band(projected, deviation, len(looks))
        if allowed is None or projected.mean is None:
            return None
        side: Side = "above" if mean > projected.mean else "below"
        room = abs(allowed[side == "above"] - projected.mean)
        # Nothing to tell from rounding is no shift, even where neither side has any doubt.
        distance = abs(mean - projected.mean) / max(room, 1e-9 * abs(projected.mean))
        if distance > furthest:
            found, furthest = (start, side), distance
    return found
