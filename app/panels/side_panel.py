"""The column at the right: the cards one below the other, scrolled where they do not fit."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.panels.annotations_card import AnnotationsCard
from app.panels.candidates_card import CandidatesCard
from app.panels.card import Card
from app.panels.info_card import InfoCard
from app.panels.layers_card import LayersCard
from app.panels.picture_card import PictureCard
from app.panels.scan_card import ScanCard
from app.panels.stability_card import StabilityCard
from app.settings import Settings
from app.single_shot import single_shot
from app.state.candidate_table import CandidateTable
from app.theme import Palette

SIDE_PX = 348
REVEAL_MS = 500
"""What is brought into sight stays there for so long while the cards are still being laid out."""


class SidePanel(QWidget):
    """All cards in the order of `_cards`; each remembers whether it is open."""

    def __init__(self, table: CandidateTable, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("sidePanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(SIDE_PX)
        self.layers = LayersCard(is_open=settings.is_open("layers"))
        self.picture = PictureCard(is_open=settings.is_open("picture", at_first=False))
        self.scan = ScanCard(is_open=settings.is_open("scan"))
        self.candidates = CandidatesCard(table, is_open=settings.is_open("candidates"))
        self.annotations = AnnotationsCard(is_open=settings.is_open("annotations"))
        self.stability = StabilityCard(is_open=settings.is_open("stability"))
        self.info = InfoCard(is_open=settings.is_open("info"))
        self._cards = (
            self.layers, self.picture, self.scan, self.candidates, self.annotations, self.stability, self.info,
        )  # fmt: skip
        inside = self._inside = QWidget()
        inside.setObjectName("cards")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for card in self._cards:
            # The candidates take what height is left, as they are the longest; the others keep to what they need.
            grows = card is self.candidates
            policy = QSizePolicy.Policy.Preferred if grows else QSizePolicy.Policy.Maximum
            card.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
            column.addWidget(card, 1000 if grows else 0)
            card.folded.connect(lambda is_open, name=card.name: settings.set_open(name, is_open))
        column.addStretch(1)
        # Their sentences wrap to more lines than a size hint knows, and Maximum would hold them to that.
        for card in (self.annotations, self.stability):
            card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.candidates.folded.connect(self.fit_candidates)
        self._scroll = scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        # Always there, so that nothing moves when the cards outgrow the window; its handle hides while they fit.
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._revealed: QWidget | None = None
        self._revealed_timer = single_shot(self, REVEAL_MS, self._forget_revealed)
        scroll.verticalScrollBar().rangeChanged.connect(self._bring_into_sight)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.addWidget(scroll)

    def fit_candidates(self) -> None:
        """Lets the candidates' card grow only while it shows its table."""
        shows_table = self.candidates.is_open and not self.candidates.view.isHidden()
        policy = QSizePolicy.Policy.Expanding if shows_table else QSizePolicy.Policy.Maximum
        self.candidates.setSizePolicy(QSizePolicy.Policy.Preferred, policy)

    def show_card(self, card: Card) -> None:
        """Unfolds a card and brings it into sight."""
        card.set_open(True)
        self.reveal(card)

    def reveal(self, widget: QWidget) -> None:
        """Brings a part of a card into sight."""
        self._revealed = widget
        widget.destroyed.connect(self._forget_revealed)
        self._revealed_timer.start()
        # Its place is known after it was laid out, which may take the cards above it as well.
        QTimer.singleShot(0, self, self._bring_into_sight)

    def _bring_into_sight(self, *_range: int) -> None:
        if self._revealed is None:
            return
        self._scroll.ensureWidgetVisible(self._revealed, 0, 0)
        if self._revealed.height() > self._scroll.viewport().height():
            # Its beginning rather than its middle.
            top = self._revealed.mapTo(self._inside, QPoint())
            self._scroll.verticalScrollBar().setValue(top.y())

    def _forget_revealed(self, *_gone: object) -> None:
        """From now on the panel stays where the user scrolls it."""
        self._revealed = None

    def set_palette(self, palette: Palette) -> None:
        """Colours of what is drawn by hand."""
        for card in self._cards:
            card.set_palette(palette)
