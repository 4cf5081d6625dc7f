"""The card of the scan: what computed the heatmap, on what, and what is missing in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton

from app.panels.card import Card
from app.panels.facts import Fact, Facts
from app.panels.words import count, counted, duration, percent, roughly
from app.state.run_state import Run, RunPhase


def scan_facts(run: Run, *, scanned_with: str, computed_cells: int) -> list[Fact]:
    """What is known of a scan, in reading order."""
    facts: list[Fact] = []
    if run.started is not None:
        started = run.started
        facts += [
            ("Model", scanned_with),
            ("Device", f"{started.device}, {started.precision}"),
            ("Cells", f"{count(computed_cells)} of {count(started.tissue_cells)} in tissue"),
            ("Tissue", f"{percent(started.tissue_fraction)} of the slide"),
        ]
    if run.done is not None:
        facts += [("Time", duration(run.done.seconds))]
        if run.done.resumed_tiles:
            facts += [("Resumed", counted(run.done.resumed_tiles, "tile") + " from an earlier scan")]
        facts += [("Unreadable", counted(run.done.unreadable_tiles, "tile"))]
        if run.done.nan_cells:
            facts += [("No number", counted(run.done.nan_cells, "cell"))]
    return facts


class ScanCard(Card):
    """Shows a `Run`.

    Signals:
        scanWanted: the user asks for a scan.
    """

    scanWanted = Signal()

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__("scan", "Scan details", is_open=is_open)
        self.message = QLabel()
        self.message.setObjectName("caption")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.facts = Facts()
        self.button = QPushButton("Scan this slide")
        self.button.setToolTip("Compute the heatmap of this slide (Ctrl+Return)")
        self.button.clicked.connect(self.scanWanted)
        self.content.addWidget(self.message)
        self.content.addWidget(self.facts)
        self.content.addWidget(self.button)

    def show_run(
        self,
        run: Run | None,
        *,
        scanned_with: str,
        model_title: str,
        computed_cells: int,
        can_scan: bool,
        seconds: float | None = None,
    ) -> None:
        """Shows how the scan of the slide on show stands.

        Args:
            run: None where no slide is open.
            scanned_with: title of the model that made the heatmap.
            model_title: title of the model chosen for the next scan.
            seconds: how long a scan will take, or None where that is not known.
        """
        facts = []
        if run is not None:
            facts = scan_facts(run, scanned_with=scanned_with, computed_cells=computed_cells)
        self.facts.show_facts(facts)
        self.facts.setVisible(bool(facts))
        text, caption, button = _words(run, model_title, seconds)
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.set_caption(caption)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.button.setEnabled(can_scan)


def _words(run: Run | None, model_title: str, seconds: float | None) -> tuple[str, str, str]:
    """(message, caption, button) of a run; an empty text is not shown."""
    if run is None:
        return "Open a slide to scan it.", "", ""
    if run.phase is RunPhase.NONE:
        by = f" with {model_title}" if model_title else ""
        text = f"This slide was not scanned yet. A scan{by} lays a heatmap over it"
        time = "" if seconds is None else f", in about {roughly(seconds)} on this machine"
        return f"{text}{time}.", "", "Scan this slide"
    if run.phase is RunPhase.STARTING:
        return run.stage, "starting", ""
    if run.phase is RunPhase.RUNNING:
        return "", f"{'paused at ' if run.paused else ''}{percent(run.part_done)}", ""
    if run.phase is RunPhase.PARTLY:
        return "Scanned where you looked; a scan goes on from there.", "partly", "Scan the rest"
    if run.phase is RunPhase.CANCELLED:
        return (
            "Cancelled. What was computed stays, and a scan goes on from there.",
            "cancelled",
            "Go on scanning",
        )
    if run.phase is RunPhase.FAILED:
        return run.error.sentence() if run.error is not None else "", "failed", "Scan again"
    return "", "earlier scan" if run.is_earlier else "done", ""
