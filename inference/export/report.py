"""The report of one slide: what it says, gathered once, and written as HTML; `report_pdf` writes the same as PDF."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from html import escape

from inference.export.export_source import ExportSource
from inference.export.pictures import Picture, overlaid, png_bytes, read_picture, with_scale_and_legend
from inference.export.region_images import probability_table
from inference.results.annotation_measure import area_um2
from inference.results.case_records import Review, ReviewedCandidate
from inference.slides.frames import RegionL0
from inference.slides.slide import RgbImage

RESEARCH_ONLY = "Research use only. Not a medical device; no diagnosis may rest on this report."
MAX_CANDIDATES = 12
"""As many as fit on the one page; the table of candidates has all."""
OVERVIEW_PX, THUMBNAIL_PX = 900, 160
THUMBNAIL_UM = 250.0
"""Side of a candidate's picture: a few dozen cells of tissue around it."""


@dataclass(frozen=True, slots=True)
class CandidateEntry:
    """One candidate on the page: its picture if the slide is at hand, and its line."""

    picture: RgbImage | None
    line: str


@dataclass(frozen=True, slots=True)
class Report:
    """The content of the page."""

    title: str
    overview: RgbImage | None
    facts: tuple[tuple[str, str], ...]
    candidates: tuple[CandidateEntry, ...]
    candidates_note: str
    annotations: tuple[str, ...]


def make_report(source: ExportSource) -> Report:
    """Gathers the report; accepted candidates come first. Raises SlideError where the slide cannot be read."""
    order = {Review.ACCEPTED: 0, Review.UNDECIDED: 1, Review.OPEN: 2, Review.REJECTED: 3}
    ranked = sorted(source.candidates, key=lambda each: (order[each.review], each.candidate.index))
    shown = ranked[:MAX_CANDIDATES]
    return Report(
        title=f"Slide {source.fingerprint[:12]}",
        overview=_overview(source),
        facts=_facts(source),
        candidates=tuple(CandidateEntry(_thumbnail(source, each), _line(source, each)) for each in shown),
        candidates_note=_candidates_note(source, len(shown)),
        annotations=_annotation_lines(source),
    )


def report_html(report: Report) -> bytes:
    """One file without anything to fetch; pictures are inside."""
    facts = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in report.facts)
    candidates = "".join(
        f"<figure>{_img(entry.picture, 'candidate')}<figcaption>{escape(entry.line)}</figcaption></figure>"
        for entry in report.candidates
    )
    annotations = "".join(f"<li>{escape(line)}</li>" for line in report.annotations) or "<li>none</li>"
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}</title><style>
body{{font:14px system-ui,sans-serif;max-width:1000px;margin:24px auto;padding:0 16px;color:#1b1e21}}
.only{{background:#fff3d6;border:1px solid #e0b84c;padding:8px 12px;border-radius:6px}}
.overview img{{max-width:100%}} table{{border-collapse:collapse}} th{{text-align:left;padding:2px 16px 2px 0;
font-weight:600;vertical-align:top}} td{{padding:2px 0}} figure{{display:inline-block;width:170px;margin:4px;
vertical-align:top}} figure img{{width:160px}} figcaption{{font-size:12px;color:#626a72}}
</style></head><body><h1>{escape(report.title)}</h1><p class="only">{escape(RESEARCH_ONLY)}</p>
<div class="overview">{_img(report.overview, "overview with heatmap")}</div><h2>Scan</h2><table>{facts}</table>
<h2>Candidates</h2><p>{escape(report.candidates_note)}</p>{candidates}
<h2>Annotations</h2><ul>{annotations}</ul></body></html>
"""
    return page.encode()


def _img(picture: RgbImage | None, alt: str) -> str:
    if picture is None:
        return ""
    data = base64.b64encode(png_bytes(picture)).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}">'


def _overview(source: ExportSource) -> RgbImage | None:
    if source.slide is None:
        return None
    size = source.slide.info.size_l0
    picture = Picture(
        RegionL0(0, 0, size.width, size.height), max(1.0, max(size.width, size.height) / OVERVIEW_PX)
    )
    table = probability_table()
    return with_scale_and_legend(
        overlaid(read_picture(source.slide, picture), picture, source, table=table),
        picture,
        mpp=source.mpp.mean if source.mpp is not None else None,
        legend=f"shown from {source.threshold:g}" if source.heatmap is not None else "no scan",
        table=table if source.heatmap is not None else None,
    )


def _thumbnail(source: ExportSource, reviewed: ReviewedCandidate) -> RgbImage | None:
    if source.slide is None:
        return None
    side_l0 = THUMBNAIL_UM / source.mpp.mean if source.mpp is not None else 1000.0
    point = reviewed.candidate.point_l0
    region = RegionL0(point.x - side_l0 / 2, point.y - side_l0 / 2, side_l0, side_l0)
    return read_picture(source.slide, Picture(region, side_l0 / THUMBNAIL_PX))


def _line(source: ExportSource, reviewed: ReviewedCandidate) -> str:
    each = reviewed.candidate
    place = f"{each.point_l0.x:.0f}, {each.point_l0.y:.0f} px"
    if source.mpp is not None:
        place = f"{each.point_l0.x * source.mpp.x / 1000:.2f}, {each.point_l0.y * source.mpp.y / 1000:.2f} mm"
    note = f" · {reviewed.note[:60]}" if reviewed.note else ""
    return f"{each.index + 1}. {each.probability:.2f} · {reviewed.review.value} · {place}{note}"


def _candidates_note(source: ExportSource, shown: int) -> str:
    count = Counter(each.review for each in source.candidates)
    if not source.candidates:
        return "None at or above the threshold." if source.run is not None else "The slide was not scanned."
    decided = ", ".join(f"{count[review]} {review.value}" for review in Review if count[review])
    rest = "" if shown == len(source.candidates) else f" The first {shown} are shown, accepted ones first."
    return f"{len(source.candidates)} at or above {source.threshold:g}: {decided}.{rest}"


def _annotation_lines(source: ExportSource) -> tuple[str, ...]:
    """One line a class: how many, how large."""
    lines = []
    for name in sorted({each.class_name for each in source.annotations}):
        of_class = [each for each in source.annotations if each.class_name == name]
        areas = [each for each in of_class if each.is_area]
        line = f"{name or 'Unclassified'}: {len(of_class)}"
        if areas and source.mpp is not None:
            total_mm2 = sum(area_um2(each.geometry, source.mpp) for each in areas) / 1e6
            line += f", {total_mm2:.3f} mm² in all"
        lines.append(line)
    return tuple(lines)


def _facts(source: ExportSource) -> tuple[tuple[str, str], ...]:
    run, heatmap = source.run, source.heatmap
    facts = [("Slide fingerprint", source.fingerprint)]
    if source.size_l0 is not None:
        facts.append(("Size", f"{source.size_l0.width:,} × {source.size_l0.height:,} px"))
    if source.mpp is not None:
        facts.append(("Resolution", f"{source.mpp.mean:.4g} µm per pixel ({source.mpp_source})"))
    if source.synthetic:
        facts.append(("Synthetic", "This slide was drawn by a program"))
    if run is not None and heatmap is not None:
        highest = "–" if heatmap.maximum is None else f"{heatmap.maximum:.3f}"
        facts += [
            ("Model", f"{run.model}, weights {run.model_sha256[:12]}"),
            ("Computed on", f"{run.device}, {run.precision}"),
            ("Highest probability", highest),
            ("Unreadable tiles", str(run.unreadable_tiles or 0)),
            ("Rotation stability", "not computed"),
            ("Settings", f"threshold {source.threshold:g}, suppression {source.radius_cells} cells"),
        ]
    return tuple(facts)
