"""The rotation stability of a region in the window: its card, its action and its files, connected to its control."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.control.scan_control import ScanControl
from app.control.scan_speed import ScanSpeed
from app.control.slide_stability_control import SlideStabilityControl
from app.control.stability_control import StabilityControl
from app.main_window import MainWindow
from app.stability_region_desk import StabilityRegionDesk
from app.state.layers import LayersState
from app.state.models import ModelsState
from app.state.session import Session
from app.state.value_state import ValueState
from app.work.engine_client import EngineClient
from app.work.stability_export import export_stability
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.slides.frames import PointL0

FIGURE_FILTER = "PDF (*.pdf);;PNG, 300 dpi (*.png);;SVG (*.svg)"
TABLE_FILTER = "A line for each cell, CSV (*.csv);;All maps, NPZ (*.npz)"


class StabilityDesk(QObject):
    """Connects what concerns rotation stability.

    Signals:
        failed: the `EquiscopeError` of a file that could not be written.

    Attributes:
        control: asks the engine about a region; slide: about a whole slide.
        region: shows what lies in and around the region.
    """

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        layers: LayersState,
        models: ModelsState,
        scan: ScanControl,
        engine: EngineClient,
        tasks: Tasks,
        speed: ScanSpeed,
        applied: ValueState[bool],
    ) -> None:
        """`applied` says whether colours are shown as profiles mean them."""
        super().__init__()
        self._window, self._session, self._layers, self._tasks = window, session, layers, tasks
        self._models, self._speed = models, speed
        self.control = StabilityControl(session, models, scan, engine)
        self.slide = SlideStabilityControl(session, models, scan, engine)
        self.slide.failed.connect(self.failed)
        self.slide.finished.connect(speed.learn_turns)
        self.slide.mppWanted.connect(self.control.mppWanted)
        self._writing = False
        self.region = StabilityRegionDesk(
            window, session=session, state=self.control.state, tasks=tasks, applied=applied
        )
        card = window.side.stability
        window.actions_["stability"].triggered.connect(lambda _checked=False: self._start())
        card.viewWanted.connect(self._start)
        card.cancelWanted.connect(self.control.cancel)
        card.cancelWanted.connect(self.slide.cancel)
        card.slideWanted.connect(self.slide.start)
        card.stdToggled.connect(layers.show_std)
        card.cellClicked.connect(self._go_to_cell)
        card.figureWanted.connect(partial(self._ask_file, "Save figure", FIGURE_FILTER, ".pdf"))
        card.tableWanted.connect(partial(self._ask_file, "Save table", TABLE_FILTER, ".csv"))
        for signal in (
            self.control.state.changed, layers.changed, models.changed, session.slideChanged, session.entriesChanged,
            self.slide.state.changed, session.stabilityChanged, session.heatmapReplaced,
            session.candidatesChanged, scan.released, scan.scanEnded,
        ):  # fmt: skip
            signal.connect(lambda *_: self._show())
        self._show()

    def export(self, path: Path) -> None:
        """Writes the region on show to a file, in the background."""
        run = self.control.state.value
        if run.maps is None or self._writing:
            return
        self._set_writing(True)
        entry = self._session.entry_of(run.slide)
        document = None if entry is None else entry.annotations.document
        work = partial(
            export_stability,
            path,
            run.slide,
            run.maps,
            threshold=self._layers.value.chosen.threshold,
            annotations=() if document is None else document.in_order(),
        )
        self._tasks.run_task(work, done=self._on_written, failed=self._on_not_written)

    def _start(self) -> None:
        self._window.side.show_card(self._window.side.stability)
        self.control.start(self._window.view.viewport.region_l0)

    def _go_to_cell(self, cell: tuple[int, int]) -> None:
        """The middle of a cell of the region, on its own slide only."""
        run, current = self.control.state.value, self._session.current
        if run.maps is None or current is None or current.path != run.slide:
            return
        maps, view = run.maps, self._window.view
        middle = PointL0(
            (maps.column + cell[1] + 0.5) * maps.stride_x_l0, (maps.row + cell[0] + 0.5) * maps.stride_y_l0
        )
        view.fly_to(middle, view.viewport.downsample)

    def _ask_file(self, title: str, kinds: str, ending: str) -> None:
        run = self.control.state.value
        proposed = run.slide.with_name(f"{run.slide.stem} stability{ending}")
        name, kind = QFileDialog.getSaveFileName(self._window, title, str(proposed), kinds)
        if name:
            path = Path(name)
            allowed = [part.split(")")[0] for part in kinds.split("(*")[1:]]
            if path.suffix.lower() not in allowed:
                path = path.with_name(path.name + kind.split("(*")[-1].rstrip(")"))
            self.export(path)

    def _on_written(self, _result: None) -> None:
        self._set_writing(False)

    def _on_not_written(self, error: EquiscopeError) -> None:
        self._set_writing(False)
        self.failed.emit(error)

    def _set_writing(self, writing: bool) -> None:
        self._writing = writing
        self._show()

    def _show(self) -> None:
        run, current, why_not = self.control.state.value, self._session.current, self.control.why_not()
        self._window.actions_.allow("stability", why_not)
        known = None if current is None else current.stability
        choice = self._models.value.choice
        layer, whose = (None, "") if current is None else current.scan_stability()
        self._window.side.candidates.show_stability(
            layer is not None,
            why_not=f"The rotation stability known of this slide is {whose}: compute it anew for these candidates."
            if known is not None and layer is None and current is not None and current.candidates
            else "",
        )
        turned = self.slide.state.value
        is_other = bool(turned.run_id) and (current is None or current.path != turned.slide)
        self._window.side.stability.slide.show_run(
            turned,
            known,
            shows_std=self._layers.value.chosen.shows_std,
            title="" if known is None else self._models.value.title_of(known.model, known.title),
            why_not=self.slide.why_not(),
            turn_seconds=None
            if current is None or choice is None
            else self._speed.turn_seconds_for(current, choice),
            slide=turned.slide.stem if is_other else "",
        )
        elsewhere = bool(run.run_id) and (current is None or current.path != run.slide)
        self._window.side.stability.show_run(
            run,
            threshold=self._layers.value.chosen.threshold,
            slide=run.slide.stem if elsewhere else "",
            why_not=why_not,
            exporting=self._writing,
        )
