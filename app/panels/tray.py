"""The slide tray: the slides of this session in a list that can be scanned as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.actions import spec_of
from app.panels.tray_entry import TrayEntry
from app.panels.tray_row import TrayRow

TRAY_PX = 188


class Tray(QWidget):
    """Shows rows in the order given. Tab comes to the slide on show only; the arrow keys go on from there.

    Signals:
        slideChosen, scanWanted, removeWanted: the path of a slide.
        scanAllWanted: to scan every slide that was not, or to empty the queue.
    """

    slideChosen = Signal(object)
    scanWanted = Signal(object)
    removeWanted = Signal(object)
    scanAllWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tray")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(TRAY_PX)
        self._entries: dict[Path, TrayEntry] = {}
        self._current: Path | None = None
        self._title = QLabel("SLIDES")
        self._title.setObjectName("trayTitle")
        self._title.setContentsMargins(12, 12, 12, 8)
        self._hint = QLabel("Slides you open are listed here. Drop a folder to list all slides in it.")
        self._hint.setObjectName("caption")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(12, 0, 12, 0)
        inside = QWidget()
        inside.setObjectName("trayList")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(8, 0, 8, 8)
        self._list.setSpacing(8)
        self._list.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scan_all = QPushButton()
        self.scan_all.clicked.connect(self.scanAllWanted)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 8, 8, 8)
        foot.addWidget(self.scan_all)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 1, 0)
        outer.setSpacing(0)
        outer.addWidget(self._title)
        outer.addWidget(self._hint)
        outer.addWidget(self._scroll, 1)
        outer.addLayout(foot)
        self.show_queue(waiting=0, unscanned=0)

    @property
    def entries(self) -> tuple[TrayEntry, ...]:
        """The entries from top to bottom."""
        return tuple(self._entries.values())

    def show_rows(self, rows: Sequence[TrayRow]) -> None:
        """Shows the slides in the order given; new ones come at the end."""
        self._title.setText(f"SLIDES · {len(rows)}" if rows else "SLIDES")
        self._hint.setVisible(not rows)
        for path in set(self._entries) - {row.path for row in rows}:
            self._forget(path)
        current = next((row.path for row in rows if row.is_current), None)
        tab_stop = current or (rows[0].path if rows else None)
        for number, row in enumerate(rows):
            if row.path not in self._entries:
                self._list.insertWidget(number, self._added(row.path))
            entry = self._entries[row.path]
            entry.show_row(row)
            stops = row.path == tab_stop
            entry.setFocusPolicy(Qt.FocusPolicy.TabFocus if stops else Qt.FocusPolicy.NoFocus)
        if current != self._current:
            self._current = current
            if current is not None:
                # Once the layout has given a new entry its place.
                QTimer.singleShot(0, self, self._reveal_current)

    def show_queue(self, *, waiting: int, unscanned: int) -> None:
        """What the button at the foot does: `waiting` slides are queued, `unscanned` could be."""
        self.scan_all.setVisible(waiting > 0 or unscanned > 1)
        if waiting:
            self.scan_all.setText(f"Empty the queue ({waiting})")
            self.scan_all.setToolTip("Scan none of the waiting slides; the scan under way goes on")
        else:
            self.scan_all.setText(f"Scan all ({unscanned})")
            self.scan_all.setToolTip(spec_of("scan_all").tip)

    def _added(self, path: Path) -> TrayEntry:
        entry = TrayEntry(path)
        entry.chosen.connect(lambda: self.slideChosen.emit(path))
        entry.scanWanted.connect(lambda: self.scanWanted.emit(path))
        entry.removeWanted.connect(lambda: self.removeWanted.emit(path))
        entry.stepWanted.connect(lambda by: self._step(path, by))
        self._entries[path] = entry
        return entry

    def _forget(self, path: Path) -> None:
        entry = self._entries[path]
        if entry.hasFocus():
            # The next one takes the focus, so that Delete can be pressed again.
            self._step(path, 1) or self._step(path, -1)
        del self._entries[path]
        entry.hide()
        entry.deleteLater()

    def _step(self, path: Path, by: int) -> bool:
        paths = list(self._entries)
        place = paths.index(path) + by
        if not 0 <= place < len(paths):
            return False
        entry = self._entries[paths[place]]
        entry.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(entry, 0, 16)
        return True

    def _reveal_current(self) -> None:
        entry = self._entries.get(self._current) if self._current is not None else None
        if entry is not None:
            self._scroll.ensureWidgetVisible(entry, 0, 16)
