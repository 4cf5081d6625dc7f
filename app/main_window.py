"""The window: lays the regions out, takes dropped files, tells of keys let go and of closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from app.canvas.slide_view import SlideView
from app.icons import brand_icon
from app.panels.action_set import ActionSet
from app.panels.recent_menu import RecentMenu
from app.panels.side_panel import SidePanel
from app.panels.slide_area import SlideArea
from app.panels.status_line import StatusLine
from app.panels.toolbar import Toolbar
from app.panels.tray import Tray
from app.settings import THEMES, Settings
from app.state.candidate_table import CandidateTable
from app.theme import Palette
from inference.importing.read_annotations import SUFFIXES

TITLE = "Equiscope"
DEFAULT_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """All regions of the window.

    Signals:
        slidesDropped: the paths of the files and folders dropped on it.
        annotationsDropped: the paths of annotation files dropped on it.
        recentChosen: the path of a slide opened before.
        keyReleased: a `Qt.Key` that was let go, not by auto-repeat.
        themeChosen: a name of `settings.THEMES`.
        closing: the window is about to close.

    Attributes:
        may_close: asked before the window closes; it stays open for False.
    """

    slidesDropped = Signal(object)
    annotationsDropped = Signal(object)
    recentChosen = Signal(object)
    keyReleased = Signal(int)
    themeChosen = Signal(str)
    closing = Signal()

    def __init__(self, table: CandidateTable, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.may_close: Callable[[], bool] = lambda: True
        self.resize(*DEFAULT_SIZE)
        self.view = SlideView()
        self.actions_ = ActionSet(self, self.view)
        extra: dict[str, list[QMenu]] = {
            "Slide": [RecentMenu(settings, self.recentChosen.emit, self)],
            "Window": [self._theme_menu(settings.theme())],
        }
        self.toolbar = Toolbar(self.actions_, self.actions_.menu(self, extra))
        self.tray = Tray()
        self.area = SlideArea(self.view)
        self.side = SidePanel(table, settings)
        self.actions_.act_in_list(self.side.candidates.view)
        self.status = StatusLine()
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.tray)
        middle.addWidget(self.area, 1)
        middle.addWidget(self.side)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(centre)

    def show_slide_name(self, name: str) -> None:
        """The slide on show, in the title bar."""
        self.setWindowTitle(f"{name} \u2013 {TITLE}" if name else TITLE)

    def set_palette(self, palette: Palette) -> None:
        """Colours of icons and of what is drawn by hand."""
        self.setWindowIcon(brand_icon(palette.accent, palette.on_accent))
        self.actions_.set_palette(palette)
        self.toolbar.set_palette(palette)
        self.side.set_palette(palette)
        self.area.empty.set_palette(palette)

    def _theme_menu(self, theme: str) -> QMenu:
        menu = QMenu("Theme", self)
        group = QActionGroup(menu)
        for name in THEMES:
            action = menu.addAction(name.capitalize())
            action.setCheckable(True)
            action.setChecked(name == theme)
            group.addAction(action)
            action.triggered.connect(lambda _=False, name=name: self.themeChosen.emit(name))
        return menu

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = _dropped_files(event)
        if paths:
            event.acceptProposedAction()
            notes = [path for path in paths if path.suffix.lower() in SUFFIXES]
            slides = [path for path in paths if path not in notes]
            for found, signal in ((slides, self.slidesDropped), (notes, self.annotationsDropped)):
                if found:
                    signal.emit(found)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if not event.isAutoRepeat():
            self.keyReleased.emit(int(Qt.Key(event.key())))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close():
            event.ignore()
            return
        # Gone at once for the eye: ending the engine may take a second.
        self.hide()
        self.closing.emit()
        super().closeEvent(event)


def _dropped_files(event: QDropEvent) -> list[Path]:
    """The local files and folders of a drop."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
