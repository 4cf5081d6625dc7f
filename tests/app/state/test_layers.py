"""Layers: what is painted follows from what was chosen."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.state.layers import HIGHEST_THRESHOLD, LOWEST_THRESHOLD, LayersState


def test_a_change_is_told_once_and_no_change_not_at_all(qtbot: QtBot) -> None:
    layers, told = LayersState(), []
    layers.changed.connect(told.append)
    layers.set_opacity(0.3)
    layers.set_opacity(0.3)
    assert [each.chosen.heatmap_opacity for each in told] == [0.3]


def test_slide_only_hides_everything_and_forgets_nothing(qtbot: QtBot) -> None:
    layers = LayersState()
    layers.toggle_candidates()
    layers.toggle_slide_only()
    assert not layers.value.painted.show_heatmap
    layers.toggle_slide_only()
    assert layers.value.painted.show_heatmap
    assert not layers.value.painted.show_candidates


def test_asking_for_a_layer_leaves_slide_only(qtbot: QtBot) -> None:
    layers = LayersState()
    layers.toggle_slide_only()
    layers.toggle_heatmap()
    assert layers.value.painted.show_heatmap
    assert not layers.value.slide_only


def test_threshold_and_opacity_stay_within_bounds(qtbot: QtBot) -> None:
    layers = LayersState()
    layers.set_threshold(0.0)
    assert layers.value.chosen.threshold == LOWEST_THRESHOLD
    layers.set_threshold(1.0)
    assert layers.value.chosen.threshold == HIGHEST_THRESHOLD
    layers.set_opacity(7)
    assert layers.value.chosen.heatmap_opacity == 1.0
