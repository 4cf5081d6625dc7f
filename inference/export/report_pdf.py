"""The report as a PDF of one A4 page."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from PIL import Image

from inference.export.report import RESEARCH_ONLY, Report
from inference.slides.slide import RgbImage

_MARGIN, _WIDTH, _HEIGHT = 12.0, 210.0, 297.0
_OVERVIEW_WIDTH, _OVERVIEW_HEIGHT = 100.0, 105.0
_ACROSS = 6
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of writing would change the bytes of a repeated export."""


def report_pdf(report: Report) -> bytes:
    """The page in millimetres from the top left: notice, overview beside facts, candidates, annotations."""
    pdf = FPDF(format="A4", unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_creation_date(_NO_TIME)
    pdf.set_title(report.title)
    pdf.set_producer("Equiscope")
    pdf.add_page()
    _line(pdf, report.title, size=16, bold=True, height=8)
    pdf.set_fill_color(255, 243, 214)
    pdf.set_font("helvetica", "B", 9)
    pdf.cell(0, 7, _latin(RESEARCH_ONLY), fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    top = pdf.get_y() + 3
    bottom = _overview(pdf, report, top)
    bottom = max(bottom, _facts(pdf, report, top))
    pdf.set_xy(_MARGIN, bottom + 3)
    _line(pdf, "Candidates", size=11, bold=True, height=6)
    _line(pdf, report.candidates_note, size=9, height=5)
    _candidates(pdf, report)
    _line(pdf, "Annotations", size=11, bold=True, height=6)
    lines = report.annotations or ("none",)
    room = int((_HEIGHT - _MARGIN - pdf.get_y()) // 4.5)
    for line in lines[:room] if len(lines) <= room else (*lines[: room - 1], "and further classes"):
        _line(pdf, line, size=9, height=4.5)
    return bytes(pdf.output())


def _overview(pdf: FPDF, report: Report, top: float) -> float:
    if report.overview is None:
        return top
    height, width = report.overview.shape[:2]
    scale = min(_OVERVIEW_WIDTH / width, _OVERVIEW_HEIGHT / height)
    pdf.image(_jpeg(report.overview), x=_MARGIN, y=top, w=width * scale, h=height * scale)
    return top + height * scale


def _facts(pdf: FPDF, report: Report, top: float) -> float:
    left = _MARGIN + (_OVERVIEW_WIDTH + 5 if report.overview is not None else 0)
    y = top
    for label, value in report.facts:
        pdf.set_xy(left, y)
        pdf.set_font("helvetica", "B", 8)
        pdf.cell(30, 4.5, _latin(label))
        pdf.set_font("helvetica", "", 8)
        pdf.multi_cell(_WIDTH - _MARGIN - left - 30, 4.5, _latin(value), align="L")
        y = pdf.get_y() + 0.8
    return y


def _candidates(pdf: FPDF, report: Report) -> None:
    wide = (_WIDTH - 2 * _MARGIN) / _ACROSS
    top = pdf.get_y() + 1
    has_pictures = any(entry.picture is not None for entry in report.candidates)
    side = wide - 3 if has_pictures else 0.0
    row_height = side + 11
    for number, entry in enumerate(report.candidates):
        row, column = divmod(number, _ACROSS)
        x, y = _MARGIN + column * wide, top + row * row_height
        if entry.picture is not None:
            pdf.image(_jpeg(entry.picture), x=x, y=y, w=side, h=side)
        pdf.set_xy(x, y + side)
        pdf.set_font("helvetica", "", 6.5)
        pdf.multi_cell(wide - 1, 3, _latin(entry.line[:80]), align="L")
    rows = -(-len(report.candidates) // _ACROSS)
    pdf.set_xy(_MARGIN, top + rows * row_height + 1)


def _line(pdf: FPDF, text: str, *, size: int, height: float, bold: bool = False) -> None:
    pdf.set_font("helvetica", "B" if bold else "", size)
    pdf.cell(0, height, _latin(text[:140]), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _jpeg(image: RgbImage) -> io.BytesIO:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=88)
    buffer.seek(0)
    return buffer


def _latin(text: str) -> str:
    """PDF's built-in fonts know Latin 1; other characters become question marks."""
    return text.replace("–", "-").encode("latin-1", "replace").decode("latin-1")
