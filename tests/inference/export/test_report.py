"""The report is one page whatever there is: nothing beyond its margins, all that matters readable, twice the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import shapely

from inference.export.export_source import ExportSource
from inference.export.report import MAX_CANDIDATES, make_report, report_html
from inference.export.report_pdf import report_pdf
from inference.results.annotation import Annotation, Shape
from inference.results.candidates import Candidate
from inference.results.case_records import Review, ReviewedCandidate
from inference.slides.frames import PointL0
from inference.slides.open_slide import open_slide
from inference.slides.slide import Slide
from tests.support.exports import empty_stability, make_source
from tests.support.make_slide import textured, write_pyramid

DPI = 100
MARGIN_MM = 11


@pytest.fixture(scope="module", params=[(1000, 300), (300, 1000)], ids=["wide", "tall"])
def slide(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slide]:
    width, height = request.param
    opened = open_slide(write_pyramid(tmp_path_factory.mktemp("s") / "s.tif", textured(height, width)))
    yield opened
    opened.close()


def page_of(source: ExportSource) -> str:
    """The words of the page, after looking that there is one and that its margins are white."""
    data = report_pdf(make_report(source))
    assert data == report_pdf(make_report(source))
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 1
    image = np.asarray(document[0].render(scale=DPI / 72).to_pil().convert("L"))
    margin = round(MARGIN_MM / 25.4 * DPI)
    inside = np.zeros(image.shape, bool)
    inside[margin:-margin, margin:-margin] = True
    assert (image[~inside] == 255).all() and (image[inside] < 100).any()
    text = str(document[0].get_textpage().get_text_bounded())
    assert "Research use only" in text
    return " ".join(text.split())


def many(count: int) -> tuple[ReviewedCandidate, ...]:
    """Each with a long note in several scripts."""
    note = "Gruppe von Zellen, метастаз, nidus. " * 20
    return tuple(
        ReviewedCandidate(Candidate(n, 0.9, PointL0(n % 900, n % 280), 1, 1), tuple(Review)[n % 4], note)
        for n in range(count)
    )


def test_everything_at_once_fits_on_the_page(slide: Slide) -> None:
    classes = tuple(
        Annotation(n, Shape.RECTANGLE, shapely.box(0, 0, 300, 300), f"Class {n:02} with a name " * 9)
        for n in range(40)
    )
    source = make_source(
        slide=slide, candidates=many(5000), annotations=classes, model_line="M. " * 150, unlisted_marks=99
    )
    text = page_of(source)
    assert "5,000 at or above 0.5" in text and "1,250 accepted" in text and "35 further classes" in text
    assert "99 marked candidates are not listed at this threshold and distance." in text
    assert "метастаз" in text
    assert text.count("0.90 · accepted") == MAX_CANDIDATES


def test_a_slide_on_which_nothing_was_found_says_how_high_the_highest_is(slide: Slide) -> None:
    text = page_of(make_source(slide=slide, candidates=(), annotations=(), threshold=0.95))
    assert "No cell is at or above the threshold of 0.95; the highest is 0.90." in text
    assert "Annotations None" in text


def test_a_slide_that_was_not_scanned_or_is_not_at_hand(slide: Slide) -> None:
    assert "The slide was not scanned." in page_of(
        make_source(slide=slide, heatmap=None, run=None, candidates=())
    )
    assert "1 · 0.90 · accepted" in page_of(make_source(slide=None))


def test_rotation_stability_is_told_for_the_slide_candidates_and_annotations() -> None:
    layer = empty_stability()
    std = np.full((7, 9), 0.125, np.float32)
    layer.put(0, 0, std, std, std, np.full((7, 9), 0.75, np.float32))
    text = page_of(make_source(stability=layer, stability_words="8 angles"))
    assert "8 angles: mean std 0.125 over 63 cells, 100.0 % flip across 0.5" in text
    assert text.count("rotation std 0.125") == 5  # two candidates, three classes with areas
    assert "Rotation stability of another model (M)" in page_of(
        make_source(stability_words="of another model (M)")
    )


def test_a_character_that_the_font_lacks_is_a_box_and_said_and_html_has_it() -> None:
    source = make_source()
    noted = replace(source.candidates[0], note="转移 <b>")
    report = make_report(make_source(candidates=(noted,)))
    text = page_of(make_source(candidates=(noted,)))
    assert "\u25a1\u25a1 <b>" in text and "a character that this page's font lacks" in text
    assert "转移 &lt;b&gt;" in report_html(report).decode()
    assert "\u25a1" not in page_of(source)


def test_a_slide_somewhat_wider_than_high_leaves_its_candidates_less_room(tmp_path: Path) -> None:
    slide = open_slide(write_pyramid(tmp_path / "s.tif", textured(1000, 1700)))
    classes = tuple(
        Annotation(n, Shape.RECTANGLE, shapely.box(0, 0, 300, 300), f"Class {n}") for n in range(4)
    )
    data = report_pdf(
        make_report(
            make_source(slide=slide, candidates=many(12), annotations=classes, model_line="M. " * 150)
        )
    )
    slide.close()
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    words = page.get_text_range()
    last, foot = (page.get_charbox(words.index(each)) for each in ("Class 3", "Equiscope"))
    assert last[1] > foot[3]
