"""Chooses what to export and where, shows beforehand what will be written, then how far it is and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.tick_box import TickBox
from app.panels.words import counted
from inference.export.export_job import LABELS, Exported, Format, Planned
from inference.export.region_images import RegionOptions

FINEST_MPP, COARSEST_MPP = 0.1, 50.0
LEAST_WIDTH = 580


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the dialog says.

    Attributes:
        selected_only: export only the annotations that are selected.
    """

    formats: tuple[Format, ...] = (Format.GEOJSON, Format.CANDIDATES, Format.REPORT)
    folder: str = ""
    selected_only: bool = False
    regions: RegionOptions = field(default_factory=RegionOptions)


class ExportDialog(QDialog):
    """Choosing, then writing, then the outcome.

    Signals:
        choiceChanged: the `ExportChoice` to preview.
        exportWanted: the `ExportChoice` to write.
        cancelWanted: the writing shall stop.
    """

    choiceChanged = Signal(object)
    exportWanted = Signal(object)
    cancelWanted = Signal()

    def __init__(self, choice: ExportChoice, *, selected: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.is_writing = False
        self._is_over = False
        self._whats: dict[Format, QLabel] = {}
        self.boxes: dict[Format, TickBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for row, each in enumerate(Format):
            box, what = TickBox(LABELS[each]), QLabel("\u2026")
            what.setObjectName("caption")
            box.setChecked(each in choice.formats)
            box.toggled.connect(self._tell)
            self.boxes[each], self._whats[each] = box, what
            grid.addWidget(box, row, 0)
            grid.addWidget(what, row, 1)
        grid.setColumnStretch(1, 1)
        self.selected_only = TickBox(f"Only the {counted(selected, 'annotation')} selected")
        self.selected_only.setChecked(choice.selected_only and selected > 0)
        self.selected_only.setVisible(selected > 0)
        self.selected_only.toggled.connect(self._tell)
        self._options = self._make_options(choice.regions)
        self.folder = QLineEdit(choice.folder)
        self.folder.setAccessibleName("Folder")
        self.folder.textChanged.connect(self._tell)
        browse = QPushButton("Browse\u2026")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.addWidget(QLabel("Folder"))
        place.addWidget(self.folder, 1)
        place.addWidget(browse)
        self.files = QPlainTextEdit()
        self.files.setReadOnly(True)
        self.files.setAccessibleName("What will be written")
        self.files.setMinimumHeight(132)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setObjectName("cardProgress")
        self._note = QLabel("Reading the case file\u2026")
        self._note.setObjectName("caption")
        self._note.setWordWrap(True)
        self.accept_button = QPushButton("Export")
        self.accept_button.setObjectName("primary")
        self.accept_button.setDefault(True)
        self.accept_button.setEnabled(False)
        self.accept_button.clicked.connect(self._on_accept)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(self.reject)
        self._choosing = QWidget()
        column = QVBoxLayout(self._choosing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(grid)
        column.addWidget(self.selected_only)
        column.addWidget(self._options)
        column.addLayout(place)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.accept_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 16)
        outer.setSpacing(10)
        for widget in (self._choosing, self.files, self._bar, self._note):
            outer.addWidget(widget)
        outer.addLayout(buttons)
        self._bar.setVisible(False)
        # Not of the dialog: that would let captions be clipped which come later and are longer.
        self.files.setMinimumWidth(LEAST_WIDTH)
        self._show_options()

    @property
    def choice(self) -> ExportChoice:
        """What is chosen now."""
        return ExportChoice(
            tuple(each for each, box in self.boxes.items() if box.isChecked()),
            self.folder.text().strip(),
            self.selected_only.isChecked(),
            RegionOptions(
                mpp=self._mpp.value(),
                tiff=self._tiff.isChecked(),
                overlay=self._overlay.isChecked(),
                masks=self._masks.isChecked(),
            ),
        )

    def show_preview(self, every: tuple[tuple[Format, tuple[Planned, ...]], ...]) -> None:
        """What each format would write, chosen or not."""
        for each, planned in every:
            what, problem = planned[0].what, planned[0].problem
            self._whats[each].setText(problem or what)
            self.boxes[each].setEnabled(not problem)
        chosen = self.choice
        files = [
            f"{item.name}    {item.what}"
            for each, planned in every
            if each in chosen.formats and not planned[0].problem
            for item in planned
        ]
        if files:
            files.append("export.json    hashes and settings of all files")
        self.files.setPlainText("\n".join(files))
        self._note.setText(
            ""
            if files and chosen.folder
            else "Choose a folder."
            if files
            else "Choose what to export; what is greyed is missing."
        )
        self.accept_button.setEnabled(bool(files) and bool(chosen.folder))

    def show_progress(self, done: int, total: int, name: str) -> None:
        """Which file is being written."""
        if self.is_writing:
            self._bar.setRange(0, max(1, total))
            self._bar.setValue(done)
            self._note.setText(f"Writing {name}\u2026")

    def show_done(self, exported: Exported, folder: str) -> None:
        """What was written, and what was left out and why."""
        lines = [*exported.files, *(["", "Left out:", *exported.left_out] if exported.left_out else [])]
        self._end(f"{counted(len(exported.files), 'file')} in {folder}", lines)

    def show_failed(self, sentence: str) -> None:
        """Why nothing more was written."""
        self._end(sentence, [])

    def reject(self) -> None:
        """Escape, Cancel, the window's cross: while writing they stop the writing first."""
        if self.is_writing:
            self.cancelWanted.emit()
        else:
            super().reject()

    def _make_options(self, regions: RegionOptions) -> QWidget:
        self._mpp = QDoubleSpinBox()
        self._mpp.setRange(FINEST_MPP, COARSEST_MPP)
        self._mpp.setDecimals(3)
        self._mpp.setSuffix(" µm/px")
        self._mpp.setValue(regions.mpp)
        self._mpp.setAccessibleName("Resolution of the pictures")
        # The margin is that of the other fields, which a spin box ignores.
        self._mpp.lineEdit().setTextMargins(6, 0, 0, 0)
        self._overlay, self._masks, self._tiff = (
            TickBox("with overlay"),
            TickBox("with masks"),
            TickBox("TIFF"),
        )
        for box, on in (
            (self._overlay, regions.overlay), (self._masks, regions.masks), (self._tiff, regions.tiff),
        ):  # fmt: skip
            box.setChecked(on)
            box.toggled.connect(self._tell)
        self._mpp.valueChanged.connect(self._tell)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(24, 0, 0, 0)
        line.addWidget(QLabel("Pictures at"))
        for widget in (self._mpp, self._overlay, self._masks, self._tiff):
            line.addWidget(widget)
        line.addStretch(1)
        return row

    def _tell(self, *_: object) -> None:
        self._show_options()
        self.choiceChanged.emit(self.choice)

    def _show_options(self) -> None:
        self._options.setVisible(self.boxes[Format.REGIONS].isChecked())

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder for the export", self.folder.text())
        if name:
            self.folder.setText(str(Path(name)))

    def _on_accept(self) -> None:
        if self._is_over:
            self.accept()
            return
        self.is_writing = True
        self._choosing.setVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setVisible(True)
        self.accept_button.setEnabled(False)
        self._note.setText("Writing\u2026")
        self.exportWanted.emit(self.choice)

    def _end(self, note: str, lines: list[str]) -> None:
        self.is_writing, self._is_over = False, True
        self._bar.setVisible(False)
        self.files.setPlainText("\n".join(lines))
        self._note.setText(note)
        self.cancel_button.setVisible(False)
        self.accept_button.setText("Close")
        self.accept_button.setEnabled(True)
