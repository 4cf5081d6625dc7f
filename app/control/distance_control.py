"""How far each candidate lies from the nearest annotation, computed in the background whenever either changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from shapely.geometry.base import BaseGeometry

from app.single_shot import single_shot
from app.state.candidate_table import CandidateTable
from app.state.session import Session
from app.work.task import Tasks
from inference.errors import EquiscopeError
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
            self._table.set_distances(None)
            return
        candidates = entry.candidates
        geometries = [each.geometry for each in document.annotations.values()]
        places = np.array([(each.point_l0.x, each.point_l0.y) for each in candidates])

        def show(distances_um: NDArray[np.float64]) -> None:
            if self._session.current is entry and entry.candidates is candidates:
                self._table.set_distances(distances_um)

        self._tasks.run_task(lambda: distances_to(places, geometries, mpp), done=show, failed=_unexpected)


def distances_to(
    places_l0: NDArray[np.float64], geometries: Sequence[BaseGeometry], mpp: Mpp
) -> NDArray[np.float64]:
    """(places,) micrometres to the nearest of the geometries, 0 inside an area; each axis at its own resolution."""
    scale = np.array([mpp.x, mpp.y])
    scaled = shapely.transform(np.array(geometries, dtype=object), lambda xy: xy * scale)
    tree, points = shapely.STRtree(scaled), shapely.points(places_l0 * scale)
    nearest = tree.nearest(points)
    return np.asarray(shapely.distance(points, scaled[nearest]), np.float64)


def _unexpected(error: EquiscopeError) -> None:
    """Distances read nothing and cannot fail; should they, the mistake must be seen."""
    raise error
