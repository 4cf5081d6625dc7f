"""The dialog is as high as its lines: no gap between them, none cut."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.control.equivariance_control import EquivarianceRun
from app.panels.equivariance_dialog import EquivarianceDialog
from inference.errors import EngineError
from inference.results.equivariance_report import EquivarianceReport

# The offscreen platform says so of every window; it concerns no user.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
REPORT = EquivarianceReport(
    "m", "0" * 64, "CPU (OpenVINO)", "float32", (0, 0, 100, 100), 588, 4, 4, 7.5e-7,
    {"0°": 0.0, "90°": 5e-7, "mirrored, 0°": 5e-7}, 1e-5,
)  # fmt: skip


def test_every_state_leaves_no_gap_and_cuts_nothing(qtbot: QtBot) -> None:
    dialog = EquivarianceDialog()
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    problem = EngineError(
        "The engine ended while it compared the answers", advice="Start it again from the menu"
    )
    for run in (
        EquivarianceRun("run", "P4M-DenseNet M", slide="slide.svs"),
        EquivarianceRun(
            title="P4M-DenseNet M", slide="a very long name of a slide's file " * 4, report=REPORT
        ),
        EquivarianceRun(title="P4M-DenseNet M", error=problem),
    ):
        dialog.show_run(run)
        qtbot.wait(20)
        assert dialog.slide.toolTip() == run.slide
        assert dialog.slide.fontMetrics().horizontalAdvance(dialog.slide.text()) <= dialog.slide.width()
        wrapped = [each for each in dialog.findChildren(QLabel) if each.isVisible() and each.wordWrap()]
        assert wrapped
        for label in wrapped:
            assert abs(label.height() - label.heightForWidth(label.width())) <= 2, label.text()
