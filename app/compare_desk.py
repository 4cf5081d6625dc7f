"""Two views side by side, put together: the slide beside its heatmap, or the heatmaps of two scans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.canvas.slide_view import SlideView
from app.canvas.view_link import ViewLink
from app.main_window import MainWindow
from app.panels.compare_bar import Choice, CompareBar
from app.presenter import Presenter
from app.state.layers import Layers, LayersState
from app.state.models import ModelsState
from app.state.run_state import RunPhase
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.theme import Palette
from app.work.kept_runs import KeptRun, list_runs, load_run
from app.work.open_with_case import EarlierScan
from app.work.task import Tasks
from inference.slides.frames import PointL0

SLIDE_ALONE = -1
"""The choice of no heatmap; numbers of runs begin at 1."""
ON_SHOW = 0
"""The choice of the scan on show where the case file does not keep it, or of none."""


class CompareDesk(QObject):
    """Shows a second view at the left of the window's own, on demand. Make it after the presenter.

    The window's own view keeps its tools, candidates and scan; the second shows the slide alone or another scan.
    Call `stop` before letting it go.

    Signals:
        failed: the `EquiscopeError` to show.
        scanShown: the `SlideEntry` that now has another of its scans on show in the window's own view.
    """

    failed = Signal(object)
    scanShown = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        layers: LayersState,
        models: ModelsState,
        presenter: Presenter,
        tasks: Tasks,
    ) -> None:
        super().__init__()
        self._window = window
        self._session = session
        self._layers = layers
        self._models = models
        self._tasks = tasks
        self._is_on = False
        self._runs: tuple[KeptRun, ...] = ()
        self._beside: EarlierScan | None = None
        self._chosen = SLIDE_ALONE
        self.view = SlideView(beside=window.view)
        self.view.setAccessibleName("Slide, second view")
        self.view.overlays.leave_out("minimap", "legend")
        self.view.hide()
        window.actions_.act_on_slide(self.view)
        self.bar = CompareBar()
        self.bar.hide()
        self.link = ViewLink(window.view, self.view)
        self.bar.leftChosen.connect(self._choose_left)
        self.bar.rightChosen.connect(self._choose_right)
        self.bar.closeWanted.connect(self.toggle)
        for view in (window.view, self.view):
            view.cursorMoved.connect(self._show_values)
        self.view.cursorMoved.connect(presenter.show_cursor)
        layers.changed.connect(self._show_layers)
        models.changed.connect(lambda _models: self._show_choices())
        session.slideChanged.connect(self._on_slide_changed)
        session.infoChanged.connect(self._show_mpp)
        session.runChanged.connect(self._on_run_changed)
        # The checked state that Qt sends along is of no interest: the state decides.
        window.actions_["side_by_side"].triggered.connect(lambda _checked=False: self.toggle())
        self._show_action()

    @property
    def is_on(self) -> bool:
        """Whether there are two views."""
        return self._is_on

    def set_palette(self, palette: Palette) -> None:
        """Colours of the bar's icons."""
        self.bar.set_palette(palette)

    def toggle(self) -> None:
        """Shows two views, or one again."""
        self._set_on(not self._is_on and self._session.current is not None)

    def stop(self) -> None:
        """Lets the slide go."""
        self._set_on(False)

    def _set_on(self, on: bool) -> None:
        if on == self._is_on:
            return
        self._is_on = on
        self.link.set_active(False)
        self._window.area.show_beside(*((self.view, self.bar) if on else (None, None)))
        # The second view has the scale bar; in half a window there is no room for it beside the legend.
        self._window.view.overlays.leave_out(*(("scale_bar",) if on else ()))
        self._window.view.overlays.place(self._window.view.size())
        self._show_slide()
        self._show_action()
        self._window.view.setFocus()

    def _on_slide_changed(self) -> None:
        if self._session.current is None:
            self._set_on(False)
        elif self._is_on:
            self._show_slide()
        self._show_action()

    def _show_slide(self) -> None:
        """The slide on show in the second view as well, and nothing on it; no slide where there is one view."""
        self.link.set_active(False)
        self._runs, self._beside, self._chosen = (), None, SLIDE_ALONE
        entry = self._session.current
        if not self._is_on or entry is None:
            self.view.set_slide(None, None)
            return
        self.view.set_slide(self._session.slide, entry.info.mpp)
        self._show_beside()
        self.link.set_active(True)
        self._read_runs()

    def _show_mpp(self) -> None:
        entry = self._session.current
        if self._is_on and entry is not None:
            self.view.set_mpp(entry.info.mpp)

    def _on_run_changed(self) -> None:
        if self._is_on:
            self._read_runs()

    def _read_runs(self) -> None:
        entry = self._session.current
        self._show_choices()
        # What a scan under way keeps is not finished.
        if entry is not None and not entry.run.is_active:
            self._tasks.run_task(
                partial(list_runs, entry.info),
                done=partial(self._on_runs_read, entry),
                failed=self.failed.emit,
            )

    def _on_runs_read(self, entry: SlideEntry, runs: tuple[KeptRun, ...]) -> None:
        if entry is self._session.current:
            self._runs = runs
            self._show_choices()

    # Choosing

    def _choose_left(self, number: int) -> None:
        entry = self._session.current
        self._chosen = number
        if number == SLIDE_ALONE or entry is None:
            self._beside = None
            self._show_beside()
        else:
            self._load(entry, number, self._on_left_loaded)

    def _choose_right(self, number: int) -> None:
        entry = self._session.current
        if entry is not None and number not in (ON_SHOW, _case_run(entry)):
            self._load(entry, number, self._on_right_loaded)

    def _load(
        self, entry: SlideEntry, number: int, done: Callable[[SlideEntry, int, EarlierScan], None]
    ) -> None:
        self._tasks.run_task(
            partial(load_run, entry.info, number, self._session.radius_cells),
            done=partial(done, entry, number),
            failed=self._on_load_failed,
        )

    def _on_left_loaded(self, entry: SlideEntry, number: int, scan: EarlierScan) -> None:
        # The user may have chosen another meanwhile.
        if entry is self._session.current and number == self._chosen:
            self._beside = scan
            self._show_beside()

    def _on_right_loaded(self, entry: SlideEntry, _number: int, scan: EarlierScan) -> None:
        if entry is self._session.current and not entry.run.is_active:
            entry.set_layer(scan.layer)
            # The run first: the list asks it which model the candidates are of.
            entry.set_run(scan.run)
            entry.radius_cells = scan.radius_cells
            entry.set_candidates(scan.candidates)
            self.scanShown.emit(entry)

    def _on_load_failed(self, error: object) -> None:
        self._chosen, self._beside = SLIDE_ALONE, None
        self._show_beside()
        self.failed.emit(error)

    # Showing

    def _show_beside(self) -> None:
        scan = self._beside
        self.view.set_heatmap(None if scan is None else scan.layer.image)
        self.view.set_candidates(() if scan is None else scan.candidates)
        self._show_layers(self._layers.value)
        self._show_choices()

    def _show_layers(self, layers: Layers) -> None:
        look = layers.painted
        if self._beside is None:
            look = replace(look, show_heatmap=False, show_candidates=False)
        self.view.set_layers(look)
        self.view.set_overlays_visible(layers.overlays)

    def _show_choices(self) -> None:
        entry = self._session.current
        if entry is None or not self._is_on:
            return
        kept = [(self._words(run), run.case_run) for run in self._runs]
        self.bar.show_left([("Slide alone", SLIDE_ALONE), *kept], self._chosen)
        on_show = _case_run(entry)
        right: list[Choice] = list(kept)
        if on_show not in [number for _, number in kept]:
            started, on_show = entry.run.started, ON_SHOW
            right = [
                (
                    "Not scanned yet"
                    if started is None
                    else self._models.value.title_of(started.model, started.model_title),
                    ON_SHOW,
                ),
                *kept,
            ]
        self.bar.show_right(right, on_show, can_choose=not entry.run.is_active)

    def _words(self, run: KeptRun) -> str:
        """The model, with the time where it scanned the slide more than once."""
        title = next((each.title for each in self._models.value.choices if each.name == run.model), run.model)
        if sum(each.model == run.model for each in self._runs) == 1:
            return title
        return f"{title}, {run.started.astimezone():%d %b %H:%M}"

    def _show_values(self, point_l0: PointL0 | None) -> None:
        if self._is_on:
            beside = None if self._beside is None or point_l0 is None else self._beside
            self.bar.show_values(
                None if beside is None or point_l0 is None else beside.layer.heatmap.value_at(point_l0),
                None if point_l0 is None else self._session.probability_at(point_l0),
            )

    def _show_action(self) -> None:
        action = self._window.actions_["side_by_side"]
        action.setEnabled(self._session.current is not None)
        action.setChecked(self._is_on)


def _case_run(entry: SlideEntry) -> int:
    """The number of the scan on show in the case file; `ON_SHOW` where it is not kept there, or not finished."""
    started = entry.run.started if entry.run.phase is RunPhase.DONE else None
    return ON_SHOW if started is None else started.case_run or ON_SHOW
