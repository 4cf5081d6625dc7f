"""From the model's findings to annotations: accepted candidates become points, the heatmap becomes areas."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject

from app.control.annotation_control import AnnotationControl
from app.main_window import MainWindow
from app.panels.heatmap_areas_dialog import AreaChoice, HeatmapAreasDialog
from app.panels.words import counted
from app.state.annotation_table import area_text
from app.state.layers import LayersState
from app.state.review_marks import CODES
from app.state.session import Session
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.results.annotation import Annotation
from inference.results.annotation_derive import candidate_annotations, heatmap_annotations
from inference.results.annotation_measure import area_um2
from inference.results.case_records import Review
from inference.results.heatmap import Heatmap
from inference.slides.frames import Mpp


class DeriveDesk(QObject):
    """Connects the actions "Annotate accepted candidates" and "Annotate the heatmap"."""

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        layers: LayersState,
        control: AnnotationControl,
        tasks: Tasks,
    ) -> None:
        super().__init__()
        self._window, self._session, self._layers = window, session, layers
        self._control, self._tasks = control, tasks
        self.dialog: HeatmapAreasDialog | None = None
        self._areas: tuple[Annotation, ...] = ()
        window.actions_["annotate_accepted"].triggered.connect(
            lambda _checked=False: self._annotate_accepted()
        )
        window.actions_["annotate_heatmap"].triggered.connect(lambda _checked=False: self._ask())
        for signal in (
            session.reviewsChanged, session.annotationsChanged, session.heatmapReplaced, session.infoChanged,
        ):  # fmt: skip
            signal.connect(lambda *_: self._show())
        self._show()

    def _accepted(self) -> list[int]:
        """The accepted candidates that no point of ours marks yet."""
        entry = self._session.current
        document = entry.annotations.document if entry is not None else None
        if entry is None or document is None or not entry.reviews.is_ready:
            return []
        there = {
            (each.geometry.x, each.geometry.y)
            for each in document.annotations.values()
            if each.geometry.geom_type == "Point"
        }
        accepted = np.flatnonzero(entry.reviews.codes == CODES[Review.ACCEPTED]).tolist()
        points = [entry.candidates[index].point_l0 for index in accepted]
        return [
            index for index, point in zip(accepted, points, strict=True) if (point.x, point.y) not in there
        ]

    def _annotate_accepted(self) -> None:
        entry, indices = self._session.current, self._accepted()
        if entry is not None and indices:
            drafts = candidate_annotations(
                (entry.candidates[index], entry.reviews.mark_of(index)[1]) for index in indices
            )
            self._control.add(drafts, label=f"Annotate {counted(len(drafts), 'accepted candidate')}")

    def _ask(self) -> None:
        entry = self._session.current
        if entry is None or entry.layer is None or entry.info.mpp is None or self.dialog is not None:
            return
        # As it is now: a scan may go on below the dialog.
        heatmap = entry.layer.heatmap
        still = Heatmap(heatmap.values.copy(), heatmap.stride_x_l0, heatmap.stride_y_l0, heatmap.origin_l0)
        dialog = self.dialog = HeatmapAreasDialog(self._layers.value.chosen.threshold, self._window)
        # Another slide may be on show by the time that it is answered.
        dialog.choiceChanged.connect(partial(self._count, dialog, still, entry.info.mpp))
        dialog.addWanted.connect(
            lambda: self._control.add(self._areas, label="Annotate heatmap", entry=entry)
        )
        dialog.finished.connect(self._on_finished)
        self._count(dialog, still, entry.info.mpp, dialog.choice)
        dialog.open()

    def _count(self, dialog: HeatmapAreasDialog, heatmap: Heatmap, mpp: Mpp, choice: AreaChoice) -> None:
        def show(areas: tuple[Annotation, ...]) -> None:
            if self.dialog is dialog and dialog.choice == choice:
                self._areas = areas
                size = area_text(sum(area_um2(each.geometry, mpp) for each in areas))
                text = f"{counted(len(areas), 'area')}, {size} in all" if areas else "No area is so large."
                dialog.show_outcome(text, some=bool(areas))

        self._tasks.run_task(
            lambda: heatmap_annotations(
                heatmap,
                threshold=choice.threshold,
                mpp=mpp,
                least_area_um2=choice.least_area_um2,
                smoothing_um=choice.smoothing_um,
            ),
            done=show,
            failed=_unexpected,
        )

    def _on_finished(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        self._areas = ()
        if dialog is not None:
            dialog.deleteLater()

    def _show(self) -> None:
        entry, why_not = self._session.current, self._control.why_not()
        has_map = entry is not None and entry.layer is not None and entry.info.mpp is not None
        accepted = entry is not None and bool((entry.reviews.codes == CODES[Review.ACCEPTED]).any())
        for action_id, missing in (
            ("annotate_accepted", "" if accepted else "Accept candidates first"),
            ("annotate_heatmap", "" if has_map else "There is no heatmap yet: scan the slide"),
        ):
            self._window.actions_.allow(action_id, why_not or missing)


def _unexpected(error: EquiscopeError) -> None:
    """Finding areas reads nothing and cannot fail; should it, the mistake must be seen."""
    raise error
