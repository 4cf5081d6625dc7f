"""Two windows on one slide: the first may change its case file, the second only looks, and says so."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.control.keeping import Keeping
from app.control.slide_control import SlideControl
from app.state.session import Session
from app.state.slide_entry import SlideEntry
from app.work.claim import Claim
from inference.results.case_file import default_case_path


class SlideClaims(QObject):
    """Claims each slide that is opened, and keeps it while the slide is in the tray or something of it is unwritten."""

    def __init__(self, session: Session, slides: SlideControl, keeping: Keeping) -> None:
        super().__init__()
        self._session = session
        self._keeping = keeping
        self._claims: dict[str, Claim] = {}
        slides.opened.connect(self._on_opened)
        session.entriesChanged.connect(self._drop_unused)
        keeping.written.connect(self._drop_unused)

    def release_all(self) -> None:
        """At the end of the program."""
        for claim in self._claims.values():
            claim.release()
        self._claims = {}

    def _on_opened(self, entry: SlideEntry) -> None:
        fingerprint = entry.info.fingerprint
        if fingerprint not in self._claims:
            # Beside the case file, so that it goes where that one goes.
            claim = Claim(default_case_path(fingerprint).with_suffix(".lock"))
            if claim.take():
                self._claims[fingerprint] = claim
        # The other window may have been closed since the last time, for other copies of the slide as well.
        for each in self._session.entries_with(fingerprint):
            each.set_elsewhere(fingerprint not in self._claims)

    def _drop_unused(self) -> None:
        used = {entry.info.fingerprint for entry in self._session.entries}
        for fingerprint in self._claims.keys() - used:
            if not self._keeping.is_unwritten(fingerprint):
                self._claims.pop(fingerprint).release()
