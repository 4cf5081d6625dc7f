"""The placing of cells: the same cell whoever asks, and the right kinds in the right tissue."""

from __future__ import annotations

import numpy as np

from inference.synthetic.cells import make_patterns, place_cells
from inference.synthetic.layout import at, lay_out
from inference.synthetic.looks import LOOKS, Kind
from inference.synthetic.noise import even_points, periodic_noise, wrapped
from inference.synthetic.spec import DemoSpec

SPEC = DemoSpec(width=3072, height=2560)


def test_neighbouring_boxes_agree_about_the_cells_on_their_border() -> None:
    layout, patterns = lay_out(SPEC), make_patterns(SPEC)
    whole = {cells.kind: cells for cells in place_cells(layout, patterns, (1000.0, 900.0, 1800.0, 1500.0))}
    for left, right in zip(
        place_cells(layout, patterns, (1000.0, 900.0, 1450.0, 1500.0)),
        place_cells(layout, patterns, (1450.0, 900.0, 1800.0, 1500.0)),
        strict=True,
    ):
        both = sorted(zip([*left.x_l0, *right.x_l0], [*left.variant, *right.variant], strict=True))
        assert both == sorted(zip(whole[left.kind].x_l0, whole[left.kind].variant, strict=True))


def test_tumour_cells_lie_in_the_tumour_only() -> None:
    layout, patterns = lay_out(SPEC), make_patterns(SPEC)
    for cells in place_cells(layout, patterns, (0.0, 0.0, 3072.0, 2560.0)):
        if cells.kind in (Kind.TUMOUR_BODY, Kind.TUMOUR_NUCLEUS):
            assert len(cells.x_l0) > 50
            assert (at(layout.tumour_um, cells.x_l0, cells.y_l0) < 0).all()


def test_tumour_nuclei_are_larger_and_paler_than_lymphocytes() -> None:
    tumour, lymphocyte = LOOKS[Kind.TUMOUR_NUCLEUS], LOOKS[Kind.LYMPHOCYTE]
    assert tumour.radius_um[0] > lymphocyte.radius_um[1]
    assert sum(tumour.hematoxylin) < sum(lymphocyte.hematoxylin)
    assert tumour.core < lymphocyte.core


def test_even_points_are_apart_and_irregular() -> None:
    points, period = even_points(np.random.default_rng(1), cells=20, spacing=10.0)
    away = points[:, None] - points[None]
    away -= np.array(period) * np.round(away / np.array(period))
    distance = np.hypot(away[..., 0], away[..., 1]) + np.eye(len(points)) * 1e3
    nearest = distance.min(axis=1)
    assert nearest.mean() > 7
    assert nearest.std() > 0.3


def test_seamless_noise_continues_over_its_border() -> None:
    noise = periodic_noise(np.random.default_rng(2), 64, scale=(3.0, 3.0))
    window = wrapped(noise, -70, 50, width=150, height=90)
    assert window.shape == (90, 150)
    np.testing.assert_array_equal(window[:, :86], window[:, 64:150])
    assert np.abs(np.diff(window, axis=1)).max() < 1.5
