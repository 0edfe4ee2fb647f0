"""The columns of the regression, by hand."""

import numpy as np
import pytest

from analytics.outcomes.design import build_design


def test_two_bands_and_two_models() -> None:
    design = build_design(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 2)
    names = [(group.name, group.start, group.stop) for group in design.groups]
    assert names == [
        ("level", 0, 1), ("slope", 1, 2), ("model", 2, 4), ("model slope", 4, 6), ("band", 6, 8), ("model x band", 8, 12),
        ("source", 12, 14),
    ]  # fmt: skip
    assert (design.classes, design.models, design.use_cases, design.source_start) == (3, 2, 2, 12)
    #                     level slope  model  model slope  band  model x band  source
    assert design.matrix[0, 1] == pytest.approx([1, -0.25, 0, 1, 0, -0.25, 1, 0, 0, 1, 0, 0, 0, 0])
    assert design.matrix[2, 0] == pytest.approx([1, 0.25, 1, 0, 0.25, 0, 0, 1, 0, 0, 1, 0, 0, 0])


def test_effects_with_one_level_are_left_out() -> None:
    alone = build_design(np.array([0, 1]), np.array([0, 0]), 1, 1, sources=False)
    assert [group.name for group in alone.groups] == ["level"]
    assert alone.matrix.tolist() == [[[1.0]], [[1.0]]]
    bands = build_design(np.array([0, 0]), np.array([0, 1]), 2, 1, sources=False)
    assert [group.name for group in bands.groups] == ["level", "slope", "band"]
    models = build_design(np.array([0]), np.array([0]), 1, 2, sources=False)
    assert [group.name for group in models.groups] == ["level", "model"]
