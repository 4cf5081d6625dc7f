"""The report of one slide: what it says, gathered once, and written as HTML; `report_pdf` writes the same as PDF."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inference.export.export_source import ExportSource
from inference.export.pictures import Picture, jpeg_bytes, overlaid, read_picture, with_scale_and_legend
from inference.export.region_images import probability_table
from inference.results.annotation import Annotation, Colour
from inference.results.annotation_measure import (
    HEATMAP_CELLS,
    PROBABILITY_MEAN,
    ROTATION_CELLS,
    ROTATION_FLIPS,
    ROTATION_STD,
    SHARE_ABOVE,
    area_um2,
    mean_over_cells,
)
from inference.results.case_records import Review, ReviewedCandidate
from inference.slides.frames import RegionL0
from inference.slides.slide import RgbImage
from inference.version import VERSION

RESEARCH_ONLY = "Research use only. Not a medical device; no diagnosis may rest on this report."
MAX_CANDIDATES = 12
"""As many as fit on the one page; the table of candidates has all."""
WIDE = 1.6
"""A slide that is so much wider than high is shown across the whole page."""
WIDE_PX, NARROW_PX, THUMBNAIL_PX = 1600, 900, 240
STRIP_PX = 60
"""Height of scale bar and legend: as words of about 7 points on either page width."""
THUMBNAIL_UM = 250.0
"""Side of a candidate's picture: a few dozen cells of tissue around it."""
ORDER = (Review.ACCEPTED, Review.UNDECIDED, Review.OPEN, Review.REJECTED)
"""What was accepted comes first."""
COLOURS: dict[Review, Colour] = {
    Review.ACCEPTED: (30, 140, 75),
    Review.UNDECIDED: (200, 130, 0),
    Review.OPEN: (0, 110, 125),
    Review.REJECTED: (190, 50, 60),
}


@dataclass(frozen=True, slots=True)
class CandidateEntry:
    """One candidate on the page.

    Attributes:
        picture: of the slide around it, if the slide is at hand; its cell is framed.
        heading: number, probability, mark.
        lines: place, and rotation stability where known.
        note: the user's.
    """

    picture: RgbImage | None
    review: Review
    heading: str
    lines: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Report:
    """The content of the page.

    Attributes:
        overview: the slide with heatmap, annotations and numbered candidates, scale bar and legend below.
        is_wide: whether it wants the whole width.
        annotations: class, and what there is of it.
        foot: what the page was made by and from.
    """

    title: str
    overview: RgbImage | None
    is_wide: bool
    facts: tuple[tuple[str, str], ...]
    candidates: tuple[CandidateEntry, ...]
    candidates_note: str
    annotations: tuple[tuple[str, str], ...]
    foot: str


def make_report(source: ExportSource) -> Report:
    """Gathers the report; accepted candidates come first. Raises SlideError where the slide cannot be read."""
    ranked = sorted(source.candidates, key=lambda each: (ORDER.index(each.review), each.candidate.index))
    shown = ranked[:MAX_CANDIDATES]
    size = source.slide.info.size_l0 if source.slide is not None else None
    is_wide = size is not None and size.width >= WIDE * size.height
    return Report(
        title=f"Slide {source.fingerprint[:12]}",
        overview=_overview(source, shown, is_wide=is_wide),
        is_wide=is_wide,
        facts=_facts(source),
        candidates=_entries(source, shown),
        candidates_note=_candidates_note(source, len(shown)),
        annotations=_annotation_lines(source),
        foot=f"Equiscope {VERSION} · research use only · slide {source.fingerprint}",
    )


def report_html(report: Report) -> bytes:
    """One file without anything to fetch; pictures are inside."""
    facts = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in report.facts)
    candidates = "".join(
        f"<figure>{_img(entry.picture, f'candidate {entry.heading}')}<figcaption>"
        f'<b style="color:rgb{COLOURS[entry.review]}">{escape(entry.heading)}</b><br>'
        + "<br>".join(map(escape, entry.lines))
        + f'<p dir="auto">{escape(entry.note)}</p></figcaption></figure>'
        for entry in report.candidates
    )
    annotations = "".join(
        f'<tr><th dir="auto">{escape(name)}</th><td>{escape(line)}</td></tr>'
        for name, line in report.annotations
    )
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}</title><style>
body{{font:14px system-ui,sans-serif;max-width:1000px;margin:24px auto;padding:0 16px;color:#1b1e21}}
.only{{background:#fff3d6;border:1px solid #e0b84c;padding:8px 12px;border-radius:6px}}
.top{{display:flex;flex-wrap:wrap;gap:24px}} .top img{{max-width:100%;max-height:640px}}
table{{border-collapse:collapse}} th{{text-align:left;padding:2px 16px 2px 0;font-weight:600;vertical-align:top;
white-space:nowrap}} td{{padding:2px 0}} .candidates{{display:flex;flex-wrap:wrap;gap:12px}}
figure{{width:151px;margin:0;break-inside:avoid}} figure img{{width:151px}}
figcaption{{font-size:12px;color:#4c545c;overflow-wrap:anywhere}} figcaption p{{margin:2px 0;color:#1b1e21}}
.foot{{color:#626a72;font-size:12px;border-top:1px solid #d5d9dd;margin-top:24px;padding-top:8px}}
</style></head><body><h1>{escape(report.title)}</h1><p class="only">{escape(RESEARCH_ONLY)}</p>
<div class="top">{_img(report.overview, "overview with heatmap and candidates")}<table>{facts}</table></div>
<h2>Candidates</h2><p>{escape(report.candidates_note)}</p><div class="candidates">{candidates}</div>
<h2>Annotations</h2><table>{annotations or "<tr><td>None</td></tr>"}</table>
<p class="foot">{escape(report.foot)}</p></body></html>
"""
    return page.encode()


def _img(picture: RgbImage | None, alt: str) -> str:
    if picture is None:
        return ""
    data = base64.b64encode(jpeg_bytes(picture)).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/jpeg;base64,{data}">'


def _overview(source: ExportSource, shown: Sequence[ReviewedCandidate], *, is_wide: bool) -> RgbImage | None:
    if source.slide is None:
        return None
    size, longest = source.slide.info.size_l0, WIDE_PX if is_wide else NARROW_PX
    picture = Picture(
        RegionL0(0, 0, size.width, size.height), max(1.0, max(size.width, size.height) / longest)
    )
    table = probability_table()
    laid = overlaid(read_picture(source.slide, picture), picture, source, table=table)
    return with_scale_and_legend(
        _numbered(laid, picture, shown),
        picture,
        mpp=source.mpp.mean if source.mpp is not None else None,
        legend=f"shown from {source.threshold:g}" if source.heatmap is not None else "not scanned",
        table=table if source.heatmap is not None else None,
        strip=STRIP_PX,
    )


def _numbered(image: RgbImage, picture: Picture, shown: Sequence[ReviewedCandidate]) -> RgbImage:
    """The picture with a ring and its number at each candidate, in the colour of its mark."""
    canvas = Image.fromarray(image)
    draw, font, radius = ImageDraw.Draw(canvas), ImageFont.load_default(size=18), 12
    for each in shown:
        x = (each.candidate.point_l0.x - picture.region_l0.x) / picture.downsample
        y = (each.candidate.point_l0.y - picture.region_l0.y) / picture.downsample
        for width, grown, colour in ((5, 1, (255, 255, 255)), (3, 0, COLOURS[each.review])):
            reach = radius + grown
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline=colour, width=width)
        number = str(each.candidate.index + 1)
        # Beside the ring, and inside the picture at its right edge.
        at_left = x + radius + 8 + draw.textlength(number, font) > canvas.width
        draw.text(
            (x - radius - 3 if at_left else x + radius + 3, min(max(y, 12), canvas.height - 12)),
            number,
            fill=COLOURS[each.review],
            font=font,
            anchor="rm" if at_left else "lm",
            stroke_width=2,
            stroke_fill=(255, 255, 255),
        )
    return np.asarray(canvas)


def _entries(source: ExportSource, shown: Sequence[ReviewedCandidate]) -> tuple[CandidateEntry, ...]:
    listed = [each.candidate for each in shown]
    stds = (
        [None] * len(listed)
        if source.stability is None
        else source.stability.of_candidates(listed)[:, 1].tolist()
    )
    return tuple(
        CandidateEntry(
            _thumbnail(source, each),
            each.review,
            f"{each.candidate.index + 1} · {each.candidate.probability:.2f} · {each.review.value}",
            (_place(source, each), *(() if std is None or np.isnan(std) else (f"rotation std {std:.3f}",))),
            " ".join(each.note.split()),
        )
        for each, std in zip(shown, stds, strict=True)
    )


def _thumbnail(source: ExportSource, reviewed: ReviewedCandidate) -> RgbImage | None:
    if source.slide is None:
        return None
    side_l0 = THUMBNAIL_UM / source.mpp.mean if source.mpp is not None else 1000.0
    point = reviewed.candidate.point_l0
    region = RegionL0(point.x - side_l0 / 2, point.y - side_l0 / 2, side_l0, side_l0)
    image = read_picture(source.slide, Picture(region, side_l0 / THUMBNAIL_PX))
    if source.heatmap is None:
        return image
    canvas = Image.fromarray(image)
    half_x = source.heatmap.stride_x_l0 / side_l0 * THUMBNAIL_PX / 2
    half_y = source.heatmap.stride_y_l0 / side_l0 * THUMBNAIL_PX / 2
    middle, draw = THUMBNAIL_PX / 2, ImageDraw.Draw(canvas)
    for width, colour in ((3, (255, 255, 255)), (1, (0, 0, 0))):
        grown = width // 2
        box = (
            *(middle - half_x - grown, middle - half_y - grown),
            *(middle + half_x + grown, middle + half_y + grown),
        )
        draw.rectangle(box, outline=colour, width=width)
    return np.asarray(canvas)


def _place(source: ExportSource, reviewed: ReviewedCandidate) -> str:
    point = reviewed.candidate.point_l0
    if source.mpp is None:
        return f"at {point.x:.0f}, {point.y:.0f} px"
    return f"at {point.x * source.mpp.x / 1000:.2f}, {point.y * source.mpp.y / 1000:.2f} mm"


def _candidates_note(source: ExportSource, shown: int) -> str:
    heatmap, count = source.heatmap, Counter(each.review for each in source.candidates)
    if heatmap is None:
        return "The slide was not scanned."
    # First, as the page cuts a line that is too long.
    unlisted = f"{source.unlisted_words}. " if source.unlisted_marks else ""
    if not source.candidates:
        highest = (
            "no cell has a value" if heatmap.maximum is None else f"the highest is {heatmap.maximum:.2f}"
        )
        return f"{unlisted}No cell is at or above the threshold of {source.threshold:g}; {highest}."
    decided = ", ".join(f"{count[review]:,} {review.value}" for review in ORDER if count[review])
    rest = "" if shown == len(source.candidates) else f" {shown} are shown, accepted ones first."
    return f"{unlisted}{len(source.candidates):,} at or above {source.threshold:g}: {decided}.{rest}"


def _annotation_lines(source: ExportSource) -> tuple[tuple[str, str], ...]:
    """One line a class: how many, how large, what the heatmap and its rotation stability say inside."""
    by_class: dict[str, list[Annotation]] = {}
    for each in source.annotations:
        by_class.setdefault(each.class_name, []).append(each)
    return tuple((name or "No class", _class_line(source, by_class[name])) for name in sorted(by_class))


def _class_line(source: ExportSource, annotations: Sequence[Annotation]) -> str:
    areas = [each for each in annotations if each.is_area]
    parts = [f"{len(annotations):,}"]
    if areas and source.mpp is not None:
        total_mm2 = sum(area_um2(each.geometry, source.mpp) for each in areas) / 1e6
        parts.append(f"{total_mm2:.3f} mm² in all")
    found = [source.measure(each) for each in areas]
    if any(each.get(HEATMAP_CELLS) for each in found):
        mean, above = (
            mean_over_cells(found, name, cells=HEATMAP_CELLS) for name in (PROBABILITY_MEAN, SHARE_ABOVE)
        )
        parts.append(f"probability mean {mean:.2f}, {_percent(above)} of cells from {source.threshold:g}")
    turned = [each for each in found if each.get(ROTATION_CELLS)]
    if turned:
        std = mean_over_cells(turned, ROTATION_STD, cells=ROTATION_CELLS)
        parts.append(f"rotation std {std:.3f}")
        if all(ROTATION_FLIPS in each for each in turned):
            flips = _percent(mean_over_cells(turned, ROTATION_FLIPS, cells=ROTATION_CELLS))
            parts[-1] += f", {flips} of cells flip"
    return " · ".join(parts)


def _facts(source: ExportSource) -> tuple[tuple[str, str], ...]:
    run, heatmap, facts = source.run, source.heatmap, []
    if source.size_l0 is not None:
        facts.append(("Size", f"{source.size_l0.width:,} × {source.size_l0.height:,} px"))
    if source.mpp is not None:
        facts.append(("Resolution", f"{source.mpp.mean:.4g} µm per pixel ({source.mpp_source})"))
    if source.synthetic:
        facts.append(("Synthetic", "This slide was drawn by a program"))
    if run is None or heatmap is None:
        return (*facts, ("Scan", "none"))
    highest = "–" if heatmap.maximum is None else f"{heatmap.maximum:.3f}"
    return (
        *facts,
        ("Scanned", f"{run.started:%Y-%m-%d %H:%M} UTC on {run.device}, {run.precision}"),
        ("Model", source.model_line or run.model),
        ("Weights", f"sha256 {run.model_sha256[:16]}…"),
        ("Settings", f"threshold {source.threshold:g}, suppression within {source.radius_cells} cells"),
        ("Highest probability", highest),
        ("Rotation stability", _stability_fact(source)),
        ("Unreadable tiles", str(run.unreadable_tiles or 0)),
    )


def _stability_fact(source: ExportSource) -> str:
    if source.stability is None:
        return source.stability_words
    cells, mean_std, flips = source.stability.summary(source.threshold)
    if not cells:
        return source.stability_words
    text = f"{source.stability_words}: mean std {mean_std:.3f}"
    share = "" if flips is None else f", {_percent(flips)} flip across {source.threshold:g}"
    return f"{text} over {cells:,} cells{share}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
