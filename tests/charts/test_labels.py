"""Names of points do not cover each other, and points at one place share one name."""

from itertools import combinations

from analytics.charts.labels import Label, Spot, _box, _dot, _overlap, place_labels


def spot(name: str, x: float, y: float, half: float = 0.05) -> Spot:
    return Spot(name, x, y, y - half, y + half)


def test_points_at_one_place_are_named_once() -> None:
    found = place_labels([spot("current", 0.91, 0.9), spot("Single Opus", 0.92, 0.91), spot("Multi-model", 0.13, 0.7)])
    assert found == [Label("Single Opus and current", "left"), None, Label("Multi-model", "right")]


def test_a_name_does_not_cover_its_neighbour() -> None:
    """Today's point and a dearer one beside it: a tenth of the axis and half a point of quality apart."""
    spots = [spot("current", 0.83, 0.87), spot("Single claude-opus-4-1", 0.92, 0.9, 0.12), spot("other", 0.2, 0.7)]
    labels = place_labels(spots)
    boxes = [_box(one, label.text, label.side) for one, label in zip(spots, labels, strict=True) if label is not None]
    assert len(boxes) == 3
    assert all(_overlap(*pair) == 0 for pair in combinations(boxes, 2))
    assert all(_overlap(box, _dot(one)) == 0 for box in boxes for one in spots)


def test_names_stay_inside_the_plot() -> None:
    left, right = place_labels([spot("a name as long as they are", 0.0, 0.5), spot("another long one", 1.0, 0.2)])
    assert left is not None
    assert right is not None
    assert (left.side, right.side) == ("right", "left")
