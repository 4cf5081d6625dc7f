"""The middle of the window: the slide with what floats on it, or what to do while there is none."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.canvas.overlay_layout import MARGIN
from app.canvas.slide_view import SlideView
from app.panels.banner import Banner
from app.panels.empty_state import EmptyState
from app.panels.live_badge import LiveBadge
from app.panels.progress_pill import ProgressPill
from app.state.live_run import LiveRun

BANNER_WIDTH = 440
"""About sixty characters a line, the most that is read with ease."""
_MINIMAP_ROOM = 250
"""Width kept free at the right for the minimap."""
_BETWEEN = 2
"""Of the ground, between two views side by side."""


class SlideArea(QWidget):
    """Stacks banner and live model (top left) and progress (bottom centre) on the slide view.

    The view places its own overlays: minimap top right, legend bottom right, scale bar bottom left.
    """

    def __init__(self, view: SlideView) -> None:
        super().__init__()
        self.setObjectName("slideArea")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(420, 320)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.view = view
        view.setParent(self)
        self.empty = EmptyState(self)
        self.banner = Banner(self)
        self.progress = ProgressPill(self)
        self.live = LiveBadge(self)
        self._beside: SlideView | None = None
        self._bar: QWidget | None = None
        self.banner.resized.connect(self.place)
        self.show_slide(False)

    def show_slide(self, shown: bool) -> None:
        """The slide, or the empty state."""
        self.view.setVisible(shown)
        self.empty.setVisible(not shown)
        self.place()

    def show_live(self, run: LiveRun) -> None:
        """How the live model stands, while a slide is on show."""
        self.live.show_run(run)
        if self.view.isHidden():
            self.live.hide()
        self.place()

    def show_beside(self, beside: SlideView | None, bar: QWidget | None = None) -> None:
        """Another view at the left of the slide's own, under a bar across both; None for the one view alone."""
        for old in (self._beside, self._bar):
            if old is not None:
                old.hide()
        self._beside, self._bar = beside, bar
        for new in (beside, bar):
            if new is not None:
                new.setParent(self)
                new.show()
        self.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    def place(self) -> None:
        """Puts everything where it belongs."""
        top = self._place_views()
        self.empty.setGeometry(self.rect())
        width = min(BANNER_WIDTH, self.width() - _MINIMAP_ROOM - 3 * MARGIN)
        self.banner.setFixedWidth(max(120, width))
        layout = self.banner.layout()
        if layout is not None:
            layout.activate()
            height = layout.heightForWidth(self.banner.width())
            self.banner.setGeometry(MARGIN, top + MARGIN, self.banner.width(), max(height, 0))
        below = self.banner.geometry().bottom() + MARGIN if self.banner.isVisibleTo(self) else top + MARGIN
        self.live.move(MARGIN, below)
        self.live.raise_()
        self.progress.adjustSize()
        self.progress.move(self._progress_place(self.progress.size()))
        self.banner.raise_()
        self.progress.raise_()

    def _place_views(self) -> int:
        """Answers where the views begin."""
        if self._beside is None or self._bar is None:
            self.view.setGeometry(self.rect())
            return 0
        top, half = self._bar.sizeHint().height(), (self.width() - _BETWEEN) // 2
        self._bar.setGeometry(0, 0, self.width(), top)
        self._beside.setGeometry(0, top, half, self.height() - top)
        self.view.setGeometry(half + _BETWEEN, top, half, self.height() - top)
        return top

    def _progress_place(self, size: QSize) -> QPoint:
        """At the bottom between scale bar and legend, in the middle if it can be; above them where it has no room."""
        bar, legend = (
            overlay.size().grownBy(QMargins(0, 0, MARGIN, MARGIN))
            if overlay.isVisibleTo(self)
            else QSize(0, 0)
            for overlay in (self.view.overlays.scale_bar, self.view.overlays.legend)
        )
        middle, bottom = (self.width() - size.width()) // 2, self.height() - MARGIN - size.height()
        least, most = MARGIN + bar.width(), self.width() - MARGIN - legend.width() - size.width()
        if least <= most:
            return QPoint(min(max(middle, least), most), bottom)
        return QPoint(max(middle, 0), bottom - max(legend.height(), bar.height()))
