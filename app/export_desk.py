"""Exporting from the window: the dialog, what it remembers, and the writing in the background."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal

from app.case_copy import CaseCopy
from app.control.keeping import Keeping
from app.main_window import MainWindow
from app.panels.export_dialog import ExportChoice, ExportDialog
from app.settings import Settings
from app.state.layers import LayersState
from app.state.session import Session
from app.work.case_export import read_source, write_export
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.export.export_job import Exported, ExportJob, Format, preview
from inference.export.export_source import ExportSource
from inference.export.region_images import RegionOptions


class ExportDesk(QObject):
    """Connects the actions "Export" and "Save a copy of the case".

    Signals:
        failed: the `EquiscopeError` to show.
    """

    failed = Signal(object)
    _progressed = Signal(int, int, str)

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        layers: LayersState,
        settings: Settings,
        tasks: Tasks,
        keeping: Keeping,
    ) -> None:
        """An export begins after what `keeping` has before it."""
        super().__init__()
        self._window, self._session, self._layers = window, session, layers
        self._settings, self._tasks = settings, tasks
        self._keeping = keeping
        self._stop = Event()
        self.dialog: ExportDialog | None = None
        self.copies = CaseCopy(window, session=session, keeping=keeping)
        self.copies.failed.connect(self.failed)
        window.actions_["export"].triggered.connect(lambda _checked=False: self.open())
        for signal in (session.slideChanged, session.heatmapReplaced, session.annotationsChanged):
            signal.connect(lambda *_: self._show())
        self._show()

    def stop(self) -> None:
        """Ends an export that is being written; the files so far are whole."""
        self._stop.set()

    def open(self) -> None:
        """Asks what to export of the slide on show."""
        entry = self._session.current
        if entry is None or self.dialog is not None or self._why_not():
            return
        selected = entry.annotations.selected
        choice = remembered(self._settings.export_choice())
        parent = _parent(self._settings.export_choice(), entry.path)
        choice = replace(choice, folder=str(parent / f"{entry.path.stem} export"))
        dialog = self.dialog = ExportDialog(choice, selected=len(selected), parent=self._window)
        dialog.cancelWanted.connect(self._stop.set)
        dialog.finished.connect(self._on_finished)
        self._progressed.connect(dialog.show_progress)
        dialog.open()
        info, threshold = entry.info, self._layers.value.chosen.threshold
        radius_cells = entry.radius_cells
        run_id = entry.run.started.case_run if entry.run.started is not None else None
        path, ids = entry.path, frozenset(selected)

        def take(source: ExportSource) -> None:
            if self.dialog is dialog:
                dialog.choiceChanged.connect(partial(self._preview, dialog, source, ids))
                dialog.exportWanted.connect(partial(self._write, dialog, source, path, ids))
                self._preview(dialog, source, ids, dialog.choice)

        self._keeping.read(
            info,
            lambda: read_source(info, threshold=threshold, radius_cells=radius_cells, run_id=run_id),
            done=take,
            failed=lambda error: self._show_failed(dialog, error),
        )

    def _preview(
        self, dialog: ExportDialog, source: ExportSource, ids: frozenset[int], choice: ExportChoice
    ) -> None:
        # For the preview only, which asks whether there is a slide and reads no pixel of it.
        source = replace(source, slide=self._session.slide)
        every = []
        for each in Format:
            job = _job(replace(choice, formats=(each,)), ids)
            # The manifest comes last, of whatever is written.
            every.append((each, preview(source, job)[:-1]))
        dialog.show_preview(tuple(every))

    def _write(
        self,
        dialog: ExportDialog,
        source: ExportSource,
        path: Path,
        ids: frozenset[int],
        choice: ExportChoice,
    ) -> None:
        self._settings.set_export_choice(stored(choice))
        self._stop.clear()

        def done(exported: Exported) -> None:
            if self.dialog is dialog:
                dialog.show_done(exported, choice.folder)

        self._tasks.run_task(
            lambda: write_export(
                source,
                path,
                _job(choice, ids),
                progress=self._progressed.emit,
                is_cancelled=self._stop.is_set,
            ),
            done=done,
            failed=lambda error: self._show_failed(dialog, error),
        )

    def _show_failed(self, dialog: ExportDialog, error: EquiscopeError) -> None:
        # A dialog that was closed meanwhile is gone.
        if self.dialog is dialog:
            dialog.show_failed(error.sentence())

    def _on_finished(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            self._progressed.disconnect(dialog.show_progress)
            dialog.deleteLater()

    def _why_not(self) -> str:
        entry = self._session.current
        if entry is None:
            return "Open a slide first"
        document = entry.annotations.document
        if entry.layer is None and not (document is not None and document.annotations):
            return "There is nothing to export yet: scan the slide or annotate it"
        return ""

    def _show(self) -> None:
        self._window.actions_.allow("export", self._why_not())


def _job(choice: ExportChoice, ids: frozenset[int]) -> ExportJob:
    return ExportJob(
        Path(choice.folder or "."),
        choice.formats,
        regions=choice.regions,
        selection=ids if choice.selected_only else None,
    )


def _parent(kept: dict[str, object], slide: Path) -> Path:
    """Where a folder for the export is proposed: where the last one was, else beside the slide, else at home."""
    last = kept.get("parent")
    for folder in (*([Path(last)] if isinstance(last, str) else []), slide.parent):
        # Archives of slides can often be read only.
        if folder.is_dir() and os.access(folder, os.W_OK):
            return folder
    return Path.home()


def stored(choice: ExportChoice) -> dict[str, object]:
    """A choice as settings keep it; the selection is of that moment, and the folder's own name of that slide."""
    return {
        "parent": str(Path(choice.folder).absolute().parent),
        "formats": [each.value for each in choice.formats],
        "mpp": choice.regions.mpp,
        "tiff": choice.regions.tiff,
        "overlay": choice.regions.overlay,
        "masks": choice.regions.masks,
    }


def remembered(kept: dict[str, object]) -> ExportChoice:
    """The choice that settings kept; what is not there or not understood is as at first."""
    at_first = ExportChoice()
    names, mpp = kept.get("formats"), kept.get("mpp")
    known = {each.value for each in Format}
    formats = tuple(Format(each) for each in names if each in known) if isinstance(names, list) else ()
    regions = RegionOptions(
        mpp=float(mpp) if isinstance(mpp, int | float) and mpp > 0 else at_first.regions.mpp,
        tiff=bool(kept.get("tiff", at_first.regions.tiff)),
        overlay=bool(kept.get("overlay", at_first.regions.overlay)),
        masks=bool(kept.get("masks", at_first.regions.masks)),
    )
    return ExportChoice(formats or at_first.formats, regions=regions)
