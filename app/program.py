"""The composition root: builds every object of the window, connects intents to controls, ends it all in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.annotation_desk import AnnotationDesk
from app.bookmarking import Bookmarking
from app.candidate_picture_desk import CandidatePictureDesk
from app.colour_desk import ColourDesk
from app.compare_desk import CompareDesk
from app.control.candidate_control import CandidateControl
from app.control.distance_control import DistanceControl
from app.control.focus_control import FocusControl
from app.control.keeping import Keeping
from app.control.peek import HeatmapKey
from app.control.scan_control import ScanControl
from app.control.scan_speed import ScanSpeed
from app.control.slide_control import SlideControl
from app.coverage_desk import CoverageDesk
from app.derive_desk import DeriveDesk
from app.equivariance_desk import EquivarianceDesk
from app.export_desk import ExportDesk
from app.finding import Finding
from app.import_desk import ImportDesk
from app.keeping_desk import KeepingDesk
from app.live_desk import LiveDesk
from app.main_window import MainWindow
from app.mpp_desk import MppDesk
from app.panels.help_pages import AboutPage, KeysPage
from app.presenter import MAGNIFICATION_IDS, Presenter
from app.review_desk import ReviewDesk
from app.sample_desk import SampleDesk
from app.settings import Settings
from app.slide_list import SlideList
from app.stability_desk import StabilityDesk
from app.state.candidate_table import CandidateTable
from app.state.layers import LayersState
from app.state.models import ModelsState
from app.state.notices import Notice, Weight
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.storage_notices import StorageNotices
from app.theme import apply_theme, palette_for
from app.view_desk import ViewDesk
from app.work.engine_client import ENGINE_COMMAND, EngineClient
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.slides.frames import PointL0


class Program(QObject):
    """One window with everything behind it. Call `stop` before letting it go."""

    def __init__(self, application: QApplication, *, engine_command: Sequence[str] = ENGINE_COMMAND) -> None:
        super().__init__()
        self._application = application
        self.settings = Settings()
        self.session = Session()
        self.layers = LayersState()
        self.models = ModelsState()
        self.table = CandidateTable()
        self.tasks = Tasks()
        self.keeping = Keeping()
        self.engine = EngineClient(engine_command)
        self.slides = SlideControl(self.session, self.tasks)
        self.scan = ScanControl(self.session, self.models, self.engine)
        self.candidates = CandidateControl(self.session, self.layers, self.table, self.tasks)
        self._heatmap_key = HeatmapKey(self.layers)
        self._stopped = False
        self._apply_theme()
        self.window = MainWindow(self.table, self.settings)
        self.window.set_palette(palette_for(self.settings.theme()))
        speed = ScanSpeed(self.scan, self.settings)
        self.presenter = Presenter(
            self.window,
            session=self.session,
            layers=self.layers,
            models=self.models,
            table=self.table,
            scan=self.scan,
            settings=self.settings,
            speed=speed,
        )
        self.list = SlideList(
            self.window,
            session=self.session,
            slides=self.slides,
            scan=self.scan,
            tasks=self.tasks,
            settings=self.settings,
            keeping=self.keeping,
        )
        self.desk = ViewDesk(self.window, session=self.session, layers=self.layers)
        self.colours = ColourDesk(self.window, session=self.session, settings=self.settings)
        self.colours.applied.changed.connect(lambda _on: self.list.control.read_pictures_again())
        self.reviews = ReviewDesk(
            self.window,
            session=self.session,
            slides=self.slides,
            candidates=self.candidates,
            table=self.table,
            keeping=self.keeping,
            settings=self.settings,
        )
        self.annotations = AnnotationDesk(
            self.window,
            session=self.session,
            slides=self.slides,
            layers=self.layers,
            views=self.desk,
            reviews=self.reviews.control,
            tasks=self.tasks,
            keeping=self.keeping,
        )
        self.exports = ExportDesk(
            self.window,
            session=self.session,
            layers=self.layers,
            settings=self.settings,
            tasks=self.tasks,
            keeping=self.keeping,
        )
        self.imports = ImportDesk(
            self.window, session=self.session, control=self.annotations.control, tasks=self.tasks
        )
        self.derived = DeriveDesk(
            self.window,
            session=self.session,
            layers=self.layers,
            control=self.annotations.control,
            tasks=self.tasks,
        )
        self._pictures = CandidatePictureDesk(self.window, session=self.session, applied=self.colours.applied)
        self._distances = DistanceControl(self.session, self.table, self.tasks)
        self.finding = Finding(
            self.window, session=self.session, tasks=self.tasks, applied=self.colours.applied
        )
        self.bookmarking = Bookmarking(self.window, session=self.session)
        self.compare = CompareDesk(
            self.window,
            session=self.session,
            layers=self.layers,
            models=self.models,
            presenter=self.presenter,
            tasks=self.tasks,
        )
        self.sample = SampleDesk(self.window, session=self.session, tray=self.list.control)
        self.coverage = CoverageDesk(self.window, session=self.session, settings=self.settings)
        self.stability = StabilityDesk(
            self.window, session=self.session, layers=self.layers, models=self.models, scan=self.scan,
            engine=self.engine, tasks=self.tasks, speed=speed, applied=self.colours.applied,
        )  # fmt: skip
        self.live = LiveDesk(
            self.window, session=self.session, models=self.models, scan=self.scan, engine=self.engine
        )
        self.equivariance = EquivarianceDesk(
            self.window, session=self.session, models=self.models, scan=self.scan, engine=self.engine
        )
        self._resolution = MppDesk(
            self.window,
            self.slides,
            self.list.control,
            asking=(self.slides, self.scan, self.equivariance.control, self.stability.control),
        )
        self._focus = FocusControl(self.session, self.scan, self.engine, self.window.view)
        self._keeping_desk = KeepingDesk(
            self.window,
            session=self.session,
            slides=self.slides,
            presenter=self.presenter,
            keeping=self.keeping,
            annotations=self.annotations,
            reviews=self.reviews,
            others=(self.bookmarking.control, self.coverage.control),
        )
        self._storage_notices = StorageNotices(self.presenter, self.slides, self.window.view)
        self.compare.set_palette(palette_for(self.settings.theme()))
        self._connect_actions()
        self._connect_panels()
        self._connect_work()
        self.presenter.show_all()
        self._set_shown("tray", self.window.tray, self.settings.tray_shown())
        self._set_shown("panels", self.window.side, True)

    def stop(self) -> None:
        """Ends engine, readers and tasks and closes the slides; the window may go afterwards."""
        if self._stopped:
            return
        self._stopped = True
        self._application.styleHints().colorSchemeChanged.disconnect(self._on_system_theme_changed)
        self._storage_notices.stop()
        self.slides.cancel_building()
        self.exports.stop()
        self._distances.stop()
        self._pictures.stop()
        self.engine.stop()
        for control in (self.scan, self.stability.control, self.stability.slide):
            control.stop()
        self.annotations.stop()
        self._keeping_desk.stop()
        self.list.stop()
        self.bookmarking.stop()
        self.coverage.stop()
        self.sample.stop()
        self.compare.stop()
        readers_ended = self.window.view.stop()
        self.tasks.stop()
        if readers_ended:
            self.slides.close_all()

    def show_error(self, error: EquiscopeError) -> None:
        """Puts an error on the banner."""
        self.presenter.show_problem(Notice(Weight.ERROR, error.sentence()))

    # Intents

    def _connect_actions(self) -> None:
        actions, view = self.window.actions_, self.window.view
        for action_id, slot in (
            ("cancel_scan", self.scan.cancel),
            ("give_mpp", self.slides.ask_mpp),
            ("quit", self.window.close),
            ("fit", view.fit),
            ("heatmap", self._heatmap_key.press),
            ("candidates", self.layers.toggle_candidates),
            ("slide_only", self.layers.toggle_slide_only),
            ("overlays", self.layers.toggle_overlays),
            ("next", partial(self.candidates.step, 1)),
            ("previous", partial(self.candidates.step, -1)),
            ("clear", self._clear),
            ("keys", lambda: KeysPage(self.window).open()),
            ("about", lambda: AboutPage(self.window).open()),
            ("tray", self._toggle_tray),
            ("panels", self._toggle_panels),
            ("full_screen", self._toggle_full_screen),
        ):
            # The checked state that Qt sends along is of no interest: the state decides.
            actions[action_id].triggered.connect(lambda _checked=False, slot=slot: slot())
        for action_id, magnification in MAGNIFICATION_IDS.items():
            actions[action_id].triggered.connect(
                lambda _checked=False, magnification=magnification: self._magnify(magnification)
            )
        self.window.keyReleased.connect(self._heatmap_key.release)

    def _connect_panels(self) -> None:
        window, side = self.window, self.window.side
        window.recentChosen.connect(self.slides.open)
        window.themeChosen.connect(self._on_theme_chosen)
        self._application.styleHints().colorSchemeChanged.connect(self._on_system_theme_changed)
        window.closing.connect(self.stop)
        window.toolbar.modelChosen.connect(self._on_model_chosen)
        window.area.empty.recentChosen.connect(self.slides.open)
        window.area.progress.cancelWanted.connect(self.scan.cancel)
        side.layers.opacityChosen.connect(self.layers.set_opacity)
        side.layers.thresholdChosen.connect(self.layers.set_threshold)
        side.layers.colormapChosen.connect(self.layers.set_colormap)
        side.layers.smoothChosen.connect(self.layers.set_smooth)
        side.candidates.rowChosen.connect(self.candidates.select_row)
        side.info.mppWanted.connect(self.slides.ask_mpp)
        window.view.candidateClicked.connect(self.candidates.select)

    def _connect_work(self) -> None:
        view = self.window.view
        self.slides.opening.connect(self.presenter.show_opening)
        self.slides.building.connect(self._on_building)
        self.slides.opened.connect(self._on_opened)
        self.slides.openFailed.connect(self._on_open_failed)
        for failed in (
            self.scan.scanFailed, self.list.failed, self.reviews.failed, self.annotations.failed, self.imports.failed,
            self.finding.failed, self.bookmarking.failed, self.coverage.failed, self.sample.failed, self.compare.failed,
            self.stability.failed, self.live.failed, self.exports.failed,
        ):  # fmt: skip
            failed.connect(self.show_error)
        self.scan.scanEnded.connect(self.candidates.find)
        self.compare.scanShown.connect(self.reviews.control.load)
        self.candidates.flightWanted.connect(self._fly)
        view.slideReleased.connect(self.slides.on_slide_released)
        view.thumbnailArrived.connect(self._on_thumbnail_arrived)

    def _magnify(self, magnification: float) -> None:
        downsample = self.session.magnification_downsample(magnification)
        if downsample is not None:
            self.window.view.zoom_to_downsample(downsample)
        self.presenter.show_zoom()

    def _clear(self) -> None:
        if self.slides.cancel_building():
            self.presenter.show_opening(None)
            return
        self.window.view.skip_animation()
        if not self.desk.tools.escape():
            self.candidates.clear_selection()

    def _toggle_tray(self) -> None:
        shown = self.window.tray.isHidden()
        self.settings.set_tray_shown(shown)
        self._set_shown("tray", self.window.tray, shown)

    def _toggle_panels(self) -> None:
        self._set_shown("panels", self.window.side, self.window.side.isHidden())

    def _set_shown(self, action_id: str, widget: QObject, shown: bool) -> None:
        widget.setProperty("visible", shown)
        self.window.actions_[action_id].setChecked(shown)

    def _toggle_full_screen(self) -> None:
        full = not self.window.isFullScreen()
        if full:
            self.window.showFullScreen()
        else:
            self.window.showNormal()
        self.window.actions_["full_screen"].setChecked(full)

    # Facts

    def _on_building(self, path: Path, part: float) -> None:
        # A last word may come after the building was given up.
        if path == self.slides.wanted:
            self.presenter.show_building(path, part)

    def _on_opened(self, entry: SlideEntry) -> None:
        self.settings.add_recent(entry.path)
        self.presenter.show_opening(None)
        self.presenter.forget_problems()

    def _on_open_failed(self, error: EquiscopeError) -> None:
        self.presenter.show_opening(None)
        self.show_error(error)

    def _on_thumbnail_arrived(self, image: object) -> None:
        if self.session.current is not None:
            self.session.current.set_thumbnail(image)  # type: ignore[arg-type]

    def _on_model_chosen(self, name: str) -> None:
        self.models.choose(name)
        self.settings.set_model(name)

    def _on_theme_chosen(self, name: str) -> None:
        self.settings.set_theme(name)
        self._apply_theme()
        self.window.set_palette(palette_for(name))
        self.compare.set_palette(palette_for(name))

    def _on_system_theme_changed(self) -> None:
        if self.settings.theme() == "system":
            self._on_theme_chosen("system")

    def _apply_theme(self) -> None:
        apply_theme(self._application, palette_for(self.settings.theme()))

    def _fly(self, point_l0: PointL0, downsample: float) -> None:
        """Nearer than asked for is kept: who looks at nuclei wants to go on looking at nuclei."""
        view = self.window.view
        view.fly_to(point_l0, min(downsample, view.viewport.downsample))
