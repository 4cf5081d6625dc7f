"""The report as a PDF of one A4 page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
from fpdf import FPDF
from fpdf.fonts import TTFFont

from inference.export.pictures import jpeg_bytes
from inference.export.report import COLOURS, RESEARCH_ONLY, CandidateEntry, Report
from inference.slides.slide import RgbImage

_MARGIN, _WIDTH, _HEIGHT = 12.0, 210.0, 297.0
_ACROSS = _WIDTH - 2 * _MARGIN
_BESIDE_WIDTH, _OVERVIEW_HEIGHT = 92.0, 92.0
"""Of an overview with the facts beside it; a wide one takes the page's width."""
_LABEL = 32.0
_LONG = 80
"""Characters of a fact beyond which half the page's width makes a narrow tower of it."""
_GAP = 4.0
_CAPTION = 17.5
"""Below a candidate's picture: heading, place, stability, two lines of its note; more where there is room."""
_NOTE_LINES, _MOST_NOTE_LINES, _LINE = 2, 8, 3.1
_MOST_ANNOTATION_LINES = 6
_INK, _PALE = (27, 30, 33), (98, 106, 114)
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of writing would change the bytes of a repeated export."""
_MISSING = "\u25a1"
"""Stands for a character that the font lacks."""


def report_pdf(report: Report) -> bytes:
    """The page in millimetres from the top left: notice, overview and facts, candidates, annotations."""
    return _Page(report).bytes()


class _Page:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._pdf = pdf = FPDF(format="A4", unit="mm")
        pdf.set_auto_page_break(False)
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.c_margin = 0
        pdf.set_creation_date(_NO_TIME)
        pdf.set_title(report.title)
        pdf.set_producer("Equiscope")
        # The font that comes with matplotlib: the same everywhere, for Latin, Greek, Cyrillic, Arabic and Hebrew.
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        pdf.add_font("text", "", fonts / "DejaVuSans.ttf")
        pdf.add_font("text", "B", fonts / "DejaVuSans-Bold.ttf")
        pdf.set_text_shaping(True)
        font = pdf.fonts["text"]
        assert isinstance(font, TTFFont)
        self._known = font.cmap
        self._lacks = False

    def bytes(self) -> bytes:
        pdf, report = self._pdf, self._report
        pdf.add_page()
        self._line(_MARGIN, _MARGIN, _ACROSS, report.title, size=15, bold=True)
        pdf.set_fill_color(255, 243, 214)
        pdf.rect(_MARGIN, 20, _ACROSS, 7, style="F")
        self._line(_MARGIN + 2, 21.7, _ACROSS - 4, RESEARCH_ONLY, size=9, bold=True)
        y = self._top(30.0)
        self._line(_MARGIN, y, _ACROSS, "Candidates", size=11, bold=True)
        self._line(_MARGIN, y + 6, _ACROSS, report.candidates_note, size=8.5)
        lines = report.annotations or (("None", ""),)
        if len(lines) > _MOST_ANNOTATION_LINES:
            rest = len(lines) - _MOST_ANNOTATION_LINES + 1
            lines = (*lines[: _MOST_ANNOTATION_LINES - 1], (f"{rest} further classes", ""))
        y = self._candidates(y + 12, _HEIGHT - _MARGIN - 8 - 7 - 4.5 * len(lines))
        self._line(_MARGIN, y, _ACROSS, "Annotations", size=11, bold=True)
        for number, (name, line) in enumerate(lines):
            place = y + 6.5 + 4.5 * number
            self._line(_MARGIN, place, _LABEL - 2, name, size=7.5, bold=True)
            self._line(_MARGIN + _LABEL, place, _ACROSS - _LABEL, line, size=7.5)
        self._foot()
        return bytes(pdf.output())

    def _top(self, top: float) -> float:
        """Overview and facts; answers where what follows begins."""
        image = self._report.overview
        if image is None:
            return self._facts(_MARGIN, top, _ACROSS) + _GAP
        height, width = image.shape[:2]
        room = _ACROSS if self._report.is_wide else _BESIDE_WIDTH
        scale = min(room / width, _OVERVIEW_HEIGHT / height)
        self._picture(image, _MARGIN, top, width * scale, height * scale)
        bottom = top + height * scale
        if self._report.is_wide:
            return self._facts_in_two(bottom + 3) + _GAP
        left = _MARGIN + width * scale + 6
        return max(bottom, self._facts(left, top, _WIDTH - _MARGIN - left)) + _GAP

    def _facts_in_two(self, top: float) -> float:
        """Short facts in two columns, long ones below them across the page."""
        half = (_ACROSS - 6) / 2
        long = tuple(fact for fact in self._report.facts if len(fact[1]) > _LONG)
        facts = tuple(fact for fact in self._report.facts if fact not in long)
        first = (len(facts) + 1) // 2
        y = max(
            self._facts(_MARGIN, top, half, facts[:first]),
            self._facts(_MARGIN + half + 6, top, half, facts[first:]),
        )
        return self._facts(_MARGIN, y, _ACROSS, long)

    def _facts(
        self, left: float, top: float, width: float, facts: tuple[tuple[str, str], ...] | None = None
    ) -> float:
        y = top
        for label, value in self._report.facts if facts is None else facts:
            self._line(left, y, _LABEL, label, size=7.5, bold=True)
            self._font(7.5)
            lines = self._wrapped(value, width - _LABEL)
            for number, line in enumerate(lines):
                self._line(left + _LABEL, y + 3.6 * number, width - _LABEL, line, size=7.5)
            y += 3.6 * len(lines) + 1.2
        return y

    def _candidates(self, top: float, bottom: float) -> float:
        """As large as the room allows; answers where what follows begins."""
        entries = self._report.candidates
        if not entries:
            return top
        has_pictures = any(entry.picture is not None for entry in entries)
        for columns in (4, 5, 6):
            wide = (_ACROSS + _GAP) / columns
            side = wide - _GAP if has_pictures else 0.0
            rows = -(-len(entries) // columns)
            if top + rows * (side + _CAPTION) <= bottom:
                break
        else:
            # Even six beside each other are too high: smaller pictures, or the page would print over itself.
            side = max(0.0, (bottom - top) / rows - _CAPTION) if has_pictures else 0.0
        spare = (bottom - top) / rows - side - _CAPTION
        most = min(_MOST_NOTE_LINES, _NOTE_LINES + max(0, int(spare // _LINE)))
        self._font(6.5)
        notes = [self._wrapped(entry.note, wide - _GAP, most=most) for entry in entries]
        caption = _CAPTION + _LINE * max(0, max(map(len, notes)) - _NOTE_LINES)
        for number, (entry, note) in enumerate(zip(entries, notes, strict=True)):
            row, column = divmod(number, columns)
            y = top + row * (side + caption)
            self._candidate(entry, note, _MARGIN + column * wide, y, wide - _GAP, side)
        return top + rows * (side + caption) + 1

    def _candidate(
        self, entry: CandidateEntry, note: list[str], x: float, y: float, width: float, side: float
    ) -> None:
        if entry.picture is not None:
            self._picture(entry.picture, x, y, side, side)
        y += side + 1
        self._line(x, y, width, entry.heading, size=6.4, bold=True, colour=COLOURS[entry.review])
        for line in entry.lines:
            y += _LINE
            self._line(x, y, width, line, size=6.3, colour=_PALE)
        for line in note:
            y += _LINE
            self._line(x, y, width, line, size=6.5)

    def _foot(self) -> None:
        words = self._report.foot
        if self._lacks:
            words = f"{_MISSING}: a character that this page's font lacks; report.html shows it. {words}"
        self._line(_MARGIN, _HEIGHT - _MARGIN - 3, _ACROSS, words, size=6.5, colour=_PALE)

    def _picture(self, image: RgbImage, x: float, y: float, width: float, height: float) -> None:
        self._pdf.image(io.BytesIO(jpeg_bytes(image)), x=x, y=y, w=width, h=height)

    def _font(self, size: float, *, bold: bool = False) -> None:
        self._pdf.set_font("text", "B" if bold else "", size)

    def _line(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        *,
        size: float,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
    ) -> None:
        """One line, cut where it is wider."""
        self._font(size, bold=bold)
        self._pdf.set_text_color(*colour)
        self._pdf.set_xy(x, y)
        self._pdf.cell(width, size * 0.42, self._cut(self._shown(text), width))

    def _wrapped(self, text: str, width: float, *, most: int = 6) -> list[str]:
        """Lines of the current font; what goes beyond is cut with an ellipsis."""
        if not text:
            return []
        lines = self._pdf.multi_cell(width, 1, self._shown(text), align="L", dry_run=True, output="LINES")
        assert isinstance(lines, list)
        kept = lines[:most]
        if len(lines) > most:
            kept[-1] = self._cut(kept[-1] + "\u2026", width)
        return kept

    def _cut(self, text: str, width: float) -> str:
        if self._pdf.get_string_width(text) <= width:
            return text
        while text and self._pdf.get_string_width(text + "\u2026") > width:
            text = text[:-1]
        return text.rstrip("\u2026 ") + "\u2026"

    def _shown(self, text: str) -> str:
        """The text with a box for each character that the font lacks."""
        shown = "".join(c if ord(c) in self._known else _MISSING for c in text)
        self._lacks = self._lacks or shown != text
        return shown
