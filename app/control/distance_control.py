"""How each candidate lies to the annotations: the distance to the nearest, and the class of one that it lies in.

Computed in the background whenever either changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.single_shot import single_shot
from app.state.candidate_search import Classes
from app.state.candidate_table import CandidateTable
from app.state.session import Session
from app.work.task import Tasks
from inference.errors import EquiscopeError
from inference.results.annotation import Annotation
from inference.slides.frames import Mpp

WAIT_MS = 250
"""Drawing one outline after the other computes nothing in between."""


class DistanceControl(QObject):
    """Keeps the table's distances in step with candidates and annotations."""

    def __init__(self, session: Session, table: CandidateTable, tasks: Tasks) -> None:
        super().__init__()
        self._session, self._table, self._tasks = session, table, tasks
        self._timer = single_shot(self, WAIT_MS, self._compute)
        for signal in (session.annotationsChanged, session.candidatesChanged, session.infoChanged):
            signal.connect(lambda *_: self._timer.start())

    def stop(self) -> None:
        """Computes nothing any more."""
        self._timer.stop()

    def _compute(self) -> None:
        entry = self._session.current
        document = entry.annotations.document if entry is not None else None
        mpp = entry.info.mpp if entry is not None else None
        if (
            entry is None
            or document is None
            or mpp is None
            or not document.annotations
            or not entry.candidates
        ):
            self._table.set_annotated(None, Classes())
            return
        candidates, annotations = entry.candidates, tuple(document.annotations.values())
        places = np.array([(each.point_l0.x, each.point_l0.y) for each in candidates])

        def show(result: tuple[NDArray[np.float64], Classes]) -> None:
            if self._session.current is entry and entry.candidates is candidates:
                self._table.set_annotated(*result)

        self._tasks.run_task(lambda: lie_of(places, annotations, mpp), done=show, failed=_unexpected)


def lie_of(
    places_l0: NDArray[np.float64], annotations: Sequence[Annotation], mpp: Mpp
) -> tuple[NDArray[np.float64], Classes]:
    """How places lie to annotations, of which there is at least one.

    Returns (places,) micrometres to the nearest one, 0 inside an area, each axis at its own resolution; and the class
    of that one where the place lies in it.
    """
    scale = np.array([mpp.x, mpp.y])
    geometries = np.array([each.geometry for each in annotations], dtype=object)
    scaled = shapely.transform(geometries, lambda xy: xy * scale)
    tree, points = shapely.STRtree(scaled), shapely.points(places_l0 * scale)
    nearest = tree.nearest(points)
    distances_um = np.asarray(shapely.distance(points, scaled[nearest]), np.float64)
    names = sorted({each.class_name for each in annotations} - {""})
    place = {name: number for number, name in enumerate(names)} | {"": -1}
    of_annotation = np.array([place[each.class_name] for each in annotations], np.intp)
    return distances_um, Classes(names, np.where(distances_um == 0, of_annotation[nearest], -1))


def _unexpected(error: EquiscopeError) -> None:
    """Distances read nothing and cannot fail; should they, the mistake must be seen."""
    raise error
