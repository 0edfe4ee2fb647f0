"""Where the names of points stand, so that none covers another; points that all but coincide share one name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["right", "left", "above", "below"]
# Pixels of a plot that is narrow for a page and small for a slide: what stands apart here does so wherever there is more room.
WIDTH, HEIGHT = 520.0, 260.0
CHARACTER, LINE, DOT, GAP = 7.2, 16.0, 11.0, 17.0
SAME = 9.0


@dataclass(frozen=True)
class Spot:
    """A point of a plot: its place and the ends of its upright interval as parts of the plot's width and height (0 to 1)."""

    name: str
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Label:
    """What stands at a point, and on which side of it; above and below it begins at points on the left, and ends at others."""

    text: str
    side: Side


Box = tuple[float, float, float, float]  # left, bottom, right, top


def place_labels(spots: Sequence[Spot]) -> list[Label | None]:
    """A label for every spot; None where that of another one, all but at the same place, names it too."""
    taken = [_dot(spot) for spot in spots]
    bars = [_bar(spot) for spot in spots]
    found: list[Label | None] = [None] * len(spots)
    for group in _groups(spots):
        beyond = spots[group[0]].x > 0.5
        number = (min if beyond else max)(group, key=lambda one: spots[one].x)
        text = " and ".join(spots[one].name for one in reversed(group))
        sides: tuple[Side, ...] = ("left", "right", "above", "below") if beyond else ("right", "left", "above", "below")
        boxes = {side: _box(spots[number], text, side) for side in sides}
        best = min(sides, key=lambda side: _cost(boxes[side], taken, bars))
        taken.append(boxes[best])
        found[number] = Label(text, best)
    return found


def _groups(spots: Sequence[Spot]) -> list[list[int]]:
    """Numbers of spots by place, each with those that all but coincide with its first."""
    groups: list[list[int]] = []
    for number, spot in enumerate(spots):
        same = next((group for group in groups if _same(spots[group[0]], spot)), None)
        if same is None:
            groups.append([number])
        else:
            same.append(number)
    return groups


def _same(one: Spot, other: Spot) -> bool:
    return abs(one.x - other.x) * WIDTH < SAME and abs(one.y - other.y) * HEIGHT < SAME


def _dot(spot: Spot) -> Box:
    x, y = spot.x * WIDTH, spot.y * HEIGHT
    return x - DOT, y - DOT, x + DOT, y + DOT


def _bar(spot: Spot) -> Box:
    x = spot.x * WIDTH
    return x - 1.5, spot.low * HEIGHT, x + 1.5, spot.high * HEIGHT


def _box(spot: Spot, text: str, side: Side) -> Box:
    x, y, wide = spot.x * WIDTH, spot.y * HEIGHT, CHARACTER * len(text)
    if side in ("above", "below"):
        middle = y + (1 if side == "above" else -1) * (DOT + LINE / 2 + 2)
        left = x - DOT if spot.x <= 0.5 else x + DOT - wide
        return left, middle - LINE / 2, left + wide, middle + LINE / 2
    left = x + GAP if side == "right" else x - GAP - wide
    return left, y - LINE / 2, left + wide, y + LINE / 2


def _cost(box: Box, taken: Sequence[Box], bars: Sequence[Box]) -> float:
    """What a label covers: other names and dots, less badly bars, and most badly the outside of the plot."""
    outside = (
        max(0.0, -box[0]) + max(0.0, box[2] - WIDTH - 30) + max(0.0, -box[1] - 20) + max(0.0, box[3] - HEIGHT - 20)
    )
    return 20 * outside + sum(_overlap(box, one) for one in taken) + 2 * sum(_overlap(box, one) for one in bars)


def _overlap(one: Box, other: Box) -> float:
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0
