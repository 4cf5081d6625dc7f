"""Shows the state in the window: every slot reads state and fills widgets, none changes state."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from app.actions import MAGNIFICATIONS, magnification_id, spec_of
from app.control.scan_control import ScanControl
from app.control.scan_speed import ScanSpeed
from app.main_window import MainWindow
from app.settings import Settings
from app.state.candidate_table import CandidateTable
from app.state.layers import LayersState
from app.state.models import ModelsState
from app.state.notices import Notice, notices_of
from app.state.run_state import RunPhase
from app.state.session import Session, native_magnification
from app.state.slide_entry import SlideEntry
from inference.slides.frames import PointL0, RegionL0


class Presenter(QObject):
    """Keeps the window in step with session, layers and models."""

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        layers: LayersState,
        models: ModelsState,
        table: CandidateTable,
        scan: ScanControl,
        settings: Settings,
        speed: ScanSpeed,
    ) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._layers = layers
        self._models = models
        self._table = table
        self._scan = scan
        self._settings = settings
        self._speed = speed
        self._problems: list[Notice] = []
        self._dismissed: set[tuple[Path | None, Notice]] = set()
        self._cursor_l0: PointL0 | None = None

        layers.changed.connect(self._show_layers)
        models.changed.connect(self._show_models)
        session.slideChanged.connect(self._show_slide)
        session.infoChanged.connect(self._show_info)
        session.heatmapReplaced.connect(self._show_heatmap)
        session.cellsChanged.connect(self._show_cells)
        session.stabilityChanged.connect(self._show_heatmap_image)
        session.stabilityChanged.connect(self._show_notices)
        session.candidatesChanged.connect(self._show_marks)
        session.selectionChanged.connect(self._show_selection)
        session.runChanged.connect(self._show_scan)
        session.entriesChanged.connect(self._show_progress)
        # The small picture has come, by which a scan's length is judged.
        session.entriesChanged.connect(self._show_scan_card)
        for signal in (table.rowsInserted, table.rowsRemoved, table.modelReset, table.askedChanged):
            signal.connect(self._show_count)
        window.view.viewportChanged.connect(self.show_zoom)
        window.view.cursorMoved.connect(self.show_cursor)
        window.area.banner.dismissed.connect(self._on_notice_dismissed)

    def show_all(self) -> None:
        """Fills the whole window, at start-up."""
        self._window.area.empty.show_recent(self._settings.recent())
        # Else the first button would wear the focus ring, and Return would press it.
        self._window.area.setFocus()
        self._show_layers()
        self._show_progress()
        self._show_info()
        self._show_models()
        self.show_zoom()

    def show_problem(self, notice: Notice) -> None:
        """Puts an error on the banner until it is put away or a slide is opened."""
        if notice not in self._problems:
            self._problems.append(notice)
        self._show_notices()

    def withdraw_problem(self, notice: Notice) -> None:
        """Takes one off again; nothing happens if it was put away."""
        if notice in self._problems:
            self._problems.remove(notice)
            self._show_notices()

    def forget_problems(self) -> None:
        """Takes errors off the banner, but for those that wait for an act of the user."""
        self._problems = [each for each in self._problems if each.act]
        self._show_notices()

    def show_opening(self, path: Path | None) -> None:
        """Says which slide is being opened; None when that is over."""
        self._window.status.show_note("" if path is None else f"Opening {path.name}\u2026")

    def show_building(self, path: Path, part: float) -> None:
        """Says how far the pyramid of a large flat image is."""
        self._window.status.show_note(f"Building a pyramid for {path.name}\u2026 {part:.0%}; Esc stops")

    # Slide

    def _show_slide(self) -> None:
        entry, view = self._session.current, self._window.view
        self._window.area.show_slide(entry is not None)
        view.set_slide(self._session.slide, entry.info.mpp if entry is not None else None)
        self._window.show_slide_name(entry.path.name if entry is not None else "")
        if entry is not None:
            view.setFocus()
        else:
            self._window.area.empty.show_recent(self._settings.recent())
        self._show_scan()

    def _show_info(self) -> None:
        entry = self._session.current
        self._window.side.info.show_info(entry.info if entry is not None else None)
        if entry is not None:
            self._window.view.set_mpp(entry.info.mpp)
        self._show_notices()
        self._show_actions()
        self._show_scan_card()
        self.show_zoom()

    # Layers

    def _show_layers(self) -> None:
        layers, actions = self._layers.value, self._window.actions_
        self._window.view.set_layers(layers.painted)
        self._show_heatmap_image()
        self._window.view.set_overlays_visible(layers.overlays)
        self._window.side.layers.show_layers(layers)
        actions["heatmap"].setChecked(layers.painted.show_heatmap)
        actions["candidates"].setChecked(layers.painted.show_candidates)
        actions["slide_only"].setChecked(layers.slide_only)
        actions["overlays"].setChecked(layers.overlays)
        self._show_count()

    def _show_heatmap(self) -> None:
        self._show_heatmap_image()
        self._show_actions()
        self._show_count()
        self.show_cursor(self._cursor_l0)

    def _show_heatmap_image(self) -> None:
        """The probabilities, or their standard deviation over turns where that was asked for and is known."""
        entry, shows_std = self._session.current, self._layers.value.painted.shows_std
        shown = None if entry is None else entry.stability if shows_std else entry.layer
        self._window.view.set_heatmap(None if shown is None else shown.image)
        self._show_model_name()

    def _show_model_name(self) -> None:
        """In the legend: of the model whose answers are painted."""
        entry, models = self._session.current, self._models.value
        known = None if entry is None else entry.stability
        if known is not None and self._layers.value.painted.shows_std:
            self._window.view.set_model_name(models.title_of(known.model, known.title))
        elif entry is not None and (started := entry.run.started) is not None:
            self._window.view.set_model_name(models.title_of(started.model, started.model_title))

    def _show_cells(self, region_l0: RegionL0) -> None:
        self._window.view.repaint_heatmap(region_l0)
        self._show_scan_card()
        self.show_cursor(self._cursor_l0)

    # Scan

    def _show_scan(self) -> None:
        self._show_model_name()
        self._show_scan_card()
        self._show_actions()
        self._show_notices()
        self._show_progress()
        self._show_count()

    def _show_models(self) -> None:
        self._window.toolbar.show_models(self._models.value)
        self._show_scan()

    def _show_scan_card(self) -> None:
        entry, choice = self._session.current, self._models.value.choice
        self._window.side.scan.show_run(
            entry.run if entry is not None else None,
            scanned_with=self._models.value.title_of(entry.run.started.model, entry.run.started.model_title)
            if entry is not None and entry.run.started is not None
            else "",
            model_title=choice.title if choice is not None else "",
            computed_cells=entry.layer.computed_cells()
            if entry is not None and entry.layer is not None
            else 0,
            can_scan=self._why_no_scan() == "",
            seconds=self._speed.seconds_for(entry, choice)
            if entry is not None and choice is not None and entry.run.phase is RunPhase.NONE
            else None,
        )

    def _show_actions(self) -> None:
        actions, entry = self._window.actions_, self._session.current
        actions.allow("scan", self._why_no_scan())
        actions["fit"].setEnabled(entry is not None)
        actions["give_mpp"].setEnabled(entry is not None and not entry.run.is_active)
        has_heatmap = entry is not None and entry.layer is not None
        for name in ("heatmap", "candidates", "slide_only"):
            actions[name].setEnabled(has_heatmap)
            actions[name].setToolTip(
                spec_of(name).tip if has_heatmap else "There is no heatmap yet: scan the slide"
            )

    def _why_no_scan(self) -> str:
        """Why the slide on show cannot be scanned now; empty if it can."""
        if self._session.current is None:
            return "Open a slide first"
        if self._session.current.is_elsewhere:
            return "Another window has this slide"
        if self._scan.scanning is self._session.current:
            return "This slide is being scanned"
        if self._models.value.choice is None:
            return "No model was found; start with --model FOLDER"
        return ""

    def _show_progress(self) -> None:
        entry = self._scan.scanning
        elsewhere = entry is not None and entry is not self._session.current
        # Here, as it holds for whichever slide is scanned, on show or not.
        self._window.actions_["cancel_scan"].setEnabled(entry is not None)
        self._window.area.progress.show_run(
            entry.run if entry is not None else None,
            slide=entry.path.stem if entry is not None and elsewhere else "",
        )
        self._window.area.place()

    # Candidates

    def _show_marks(self) -> None:
        entry = self._session.current
        self._window.view.set_candidates(entry.candidates if entry is not None else ())
        self._show_selection()
        self._show_count()

    def _show_selection(self) -> None:
        entry = self._session.current
        selected = entry.selected if entry is not None else None
        self._window.view.set_selected_candidate(selected)
        self._window.side.candidates.show_selection(selected)

    def _show_count(self) -> None:
        entry: SlideEntry | None = self._session.current
        layer = entry.layer if entry is not None else None
        self._window.side.candidates.show_count(
            scanned=layer is not None and entry is not None and entry.run.phase is not RunPhase.PARTLY,
            highest=layer.highest() if layer is not None and self._table.rowCount() == 0 else None,
            threshold=self._layers.value.chosen.threshold,
            busy=entry is not None and entry.run.phase in (RunPhase.STARTING, RunPhase.RUNNING),
        )
        self._window.side.fit_candidates()
        for name in ("next", "previous"):
            self._window.actions_[name].setEnabled(self._table.rowCount() > 0)

    # Notices

    def _show_notices(self) -> None:
        entry = self._session.current
        path = entry.path if entry is not None else None
        own: tuple[Notice, ...] = ()
        if entry is not None:
            more = () if entry.stability is None else entry.stability.notices
            own = notices_of(entry.info, entry.run, more=more, is_elsewhere=entry.is_elsewhere)
        kept = [notice for notice in own if (path, notice) not in self._dismissed]
        self._window.area.banner.show_notices([*self._problems, *kept])

    def _on_notice_dismissed(self, notice: Notice) -> None:
        if notice in self._problems:
            self._problems.remove(notice)
        entry = self._session.current
        self._dismissed.add((entry.path if entry is not None else None, notice))
        self._show_notices()

    # Status line

    def show_zoom(self) -> None:
        entry = self._session.current
        if entry is None:
            self._window.status.show_zoom(magnification=None, downsample=None, mpp=None)
            self._window.toolbar.show_magnification(None)
            return
        viewport, native = self._window.view.viewport, native_magnification(entry.info)
        magnification = None if native is None else native / viewport.downsample
        self._window.status.show_zoom(
            magnification=magnification,
            downsample=viewport.downsample,
            mpp=entry.info.mpp,
            angle_deg=viewport.angle_deg,
            flipped=viewport.flipped,
        )
        self._window.toolbar.show_magnification(magnification)

    def show_cursor(self, point_l0: PointL0 | None) -> None:
        """Says what lies under the cursor."""
        self._cursor_l0 = point_l0
        entry = self._session.current
        self._window.status.show_cursor(
            point_l0,
            mpp=entry.info.mpp if entry is not None else None,
            probability=None if point_l0 is None else self._session.probability_at(point_l0),
            colour=None if point_l0 is None else self._window.view.colour_at(point_l0),
        )


MAGNIFICATION_IDS = {magnification_id(each): each for each in MAGNIFICATIONS}
"""Action id -> magnification."""
