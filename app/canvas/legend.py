"""The heatmap's legend: whose probability it is, its colours on the fixed scale 0..1 and the threshold."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.canvas import theme
from app.canvas.colormaps import colour_table
from app.canvas.layer_look import STD_FROM, STD_TOP, LayerLook
from app.canvas.overlay import KeptOverlay

LEAST_WIDTH, MOST_WIDTH = 236, 340
"""Device-independent px: room for the three labels; a model's name that needs more is cut short."""
_MARGIN = 10.0


class Legend(KeptOverlay):
    """Title, colour bar and the three labels 0, threshold, 1."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = ""
        self._look = LayerLook()
        self._shown = False
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName("Legend of the heatmap")

    def set_model(self, name: str) -> None:
        """The model whose heatmap is on show."""
        self._model = name
        self.setFixedSize(self.sizeHint())
        self.refresh()

    def set_look(self, look: LayerLook, *, has_heatmap: bool) -> None:
        """Colours and threshold as painted."""
        self._look, self._shown = look, has_heatmap and look.show_heatmap
        self.setFixedSize(self.sizeHint())
        self.setAccessibleDescription(f"{self.title()}, threshold {look.threshold:.2f}")
        self.refresh()

    def title(self) -> str:
        """The heading."""
        what = "Standard deviation over turns" if self._look.shows_std else "Tumour probability"
        return f"{what} · {self._model}" if self._model else what

    def has_content(self) -> bool:
        return self._shown

    def sizeHint(self) -> QSize:
        title_font = theme.font_of(self.font(), pixels=theme.TEXT_PX)
        title = QFontMetricsF(title_font).horizontalAdvance(self.title())
        width = min(max(title + 1 + 2 * _MARGIN, LEAST_WIDTH), MOST_WIDTH)
        return QSize(round(width), 60)

    def bar_rect(self) -> QRectF:
        """Where the colour bar lies; 0 is at its left edge, 1 at its right."""
        return QRectF(_MARGIN, 27, self.width() - 2 * _MARGIN, 9)

    def paint_content(self, painter: QPainter) -> None:
        title_font = theme.font_of(self.font(), pixels=theme.TEXT_PX)
        painter.setPen(theme.TEXT)
        painter.setFont(title_font)
        bar = self.bar_rect()
        title = QFontMetricsF(title_font).elidedText(self.title(), Qt.TextElideMode.ElideRight, bar.width())
        line = QRectF(bar.left(), 5, bar.width(), 18)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        self._paint_bar(painter, bar)
        self._paint_labels(painter, bar)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        """The colours at full strength; below the threshold the empty glass shows, as the slide does."""
        colours = colour_table(
            self._look.heatmap_colormap, opacity=1.0, threshold=self._look.heatmap_threshold
        )
        strip = QImage(255, 1, QImage.Format.Format_ARGB32)
        for step in range(255):
            strip.setPixel(step, 0, colours[step + 1])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawImage(bar, strip, QRectF(0, 0, 255, 1))
        painter.setPen(QPen(QColor(255, 255, 255, 90), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        x = round(bar.left() + self._look.heatmap_threshold * bar.width())
        painter.setPen(QPen(Qt.GlobalColor.white, 2))
        painter.drawLine(QPointF(x, bar.top() - 2), QPointF(x, bar.bottom() + 3))

    def _paint_labels(self, painter: QPainter, bar: QRectF) -> None:
        font: QFont = theme.font_of(self.font(), pixels=theme.CAPTION_PX)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(theme.TEXT_SECONDARY)
        top = bar.bottom() + 3
        line = QRectF(bar.left(), top, bar.width(), 16)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "0")
        painter.drawText(
            line,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            f"{STD_TOP}" if self._look.shows_std else "1",
        )
        text = f"from {STD_FROM}" if self._look.shows_std else f"threshold {self._look.threshold:.2f}"
        width = metrics.horizontalAdvance(text) + 2
        # Beside its mark, yet clear of the 0 and the 1.
        free = metrics.horizontalAdvance("0") + 8
        left = min(
            max(bar.left() + self._look.heatmap_threshold * bar.width() - width / 2, bar.left() + free),
            bar.right() - free - width,
        )
        painter.setPen(theme.TEXT)
        painter.drawText(QRectF(left, top, width, 16), Qt.AlignmentFlag.AlignCenter, text)
