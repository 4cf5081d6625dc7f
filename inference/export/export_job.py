"""An export as a whole: the formats chosen, the files they make, and the manifest that lets anybody check them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import orjson
from pathvalidate import sanitize_filename

from inference.errors import ExportError
from inference.export.annotation_geojson import annotations_geojson
from inference.export.annotation_xml import asap_xml, imagescope_xml
from inference.export.atomic import write_bytes
from inference.export.export_source import ExportSource
from inference.export.heatmap_files import likelihood_map, ome_tiff
from inference.export.region_images import RegionOptions, region_images
from inference.export.report import make_report, report_html
from inference.export.stability_layer_files import stability_layer_csv, stability_ome_tiff
from inference.export.table import candidates_csv
from inference.export.tables import candidates_table, measurements_csv, wsinfer_csv, wsinfer_geojson
from inference.results.heatmap import Heatmap
from inference.version import VERSION

MANIFEST = "export.json"


class Format(StrEnum):
    """What can be written; the names are the command line's."""

    GEOJSON = "geojson"
    ASAP = "asap"
    IMAGESCOPE = "imagescope"
    CAMELYON = "camelyon"
    CANDIDATES = "candidates"
    MEASUREMENTS = "measurements"
    WSINFER = "wsinfer"
    HEATMAP = "heatmap"
    LIKELIHOOD = "likelihood"
    STABILITY = "stability"
    REGIONS = "regions"
    REPORT = "report"


LABELS = {
    Format.GEOJSON: "Annotations for QuPath (GeoJSON)",
    Format.ASAP: "Annotations for ASAP (XML)",
    Format.IMAGESCOPE: "Annotations for ImageScope (XML)",
    Format.CAMELYON: "Candidates as Camelyon16 detections (CSV)",
    Format.CANDIDATES: "Candidates with marks and notes (CSV)",
    Format.MEASUREMENTS: "Measurements of annotations (CSV)",
    Format.WSINFER: "Cells as WSInfer writes them (CSV, GeoJSON)",
    Format.HEATMAP: "Heatmap with its place (OME-TIFF)",
    Format.LIKELIHOOD: "Heatmap for ASAP (likelihood map)",
    Format.STABILITY: "Rotation stability of the cells (OME-TIFF, CSV)",
    Format.REGIONS: "Pictures of annotated areas, with masks",
    Format.REPORT: "One-page report (PDF, HTML)",
}


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What to write and where.

    Attributes:
        out: the folder, made if it does not exist.
        formats: in any order.
        regions: how region images are made.
        prefix: put before every file name, for several slides in one folder; "" for none.
        selection: ids of the annotations to export; None for all.
    """

    out: Path
    formats: tuple[Format, ...]
    regions: RegionOptions = field(default_factory=RegionOptions)
    prefix: str = ""
    selection: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One file of a preview.

    Attributes:
        name: below the folder.
        what: what it will hold, in plain words with a count.
        problem: why it cannot be written, "" if it can.
    """

    name: str
    what: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        files: names below the folder, in the order written, the manifest last.
        left_out: one sentence for all that a format could not say or that was missing.
    """

    files: tuple[str, ...]
    left_out: tuple[str, ...]


def preview(source: ExportSource, job: ExportJob) -> tuple[Planned, ...]:
    """The files that `export` would write, without making them."""
    source = _selected(source, job)
    prefix = _prefix(job.prefix)
    planned = []
    for chosen in _in_order(job.formats):
        problem = _problem(source, chosen)
        planned += [
            Planned(prefix + name, _content(source, chosen), problem) for name in _names(source, chosen, job)
        ]
    return (*planned, Planned(prefix + MANIFEST, "hashes and settings of all files"))


def export(
    source: ExportSource,
    job: ExportJob,
    *,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    """Writes every file atomically, the manifest last; each is the same bytes when repeated.

    A format for which something is missing is left out and told; where nothing is left to write that is an error.
    `progress` hears (formats done, formats in all, current file). A cancelled export leaves whole files and
    no manifest.
    Raises ExportError, SlideError.
    """
    source = _selected(source, job)
    prefix = _prefix(job.prefix)
    _make_folder(job.out)
    left_out: list[str] = []
    hashes: dict[str, dict[str, object]] = {}
    formats = _in_order(job.formats)
    for done, chosen in enumerate(formats):
        problem = _problem(source, chosen)
        if problem:
            left_out.append(f"{LABELS[chosen]}: {problem}")
            continue
        for name, data in _files(source, chosen, job, left_out):
            if is_cancelled():
                return Exported(tuple(hashes), ("Cancelled; the files so far are whole",))
            progress(done, len(formats), name)
            path = job.out / (prefix + name)
            if path.parent != job.out:
                _make_folder(path.parent)
            write_bytes(path, data)
            hashes[prefix + name] = {
                "format": chosen.value,
                "sha256": hashlib.sha256(data).hexdigest(),
                "bytes": len(data),
            }
    if not hashes:
        raise ExportError(
            "There is nothing to export", where="; ".join(left_out), advice="Scan or annotate the slide first"
        )
    if source.unlisted_marks and {Format.CAMELYON, Format.CANDIDATES, Format.REPORT}.intersection(formats):
        left_out.append(source.unlisted_words)
    manifest = {
        "files": hashes,
        "left_out": left_out,
        "made_by": f"Equiscope {VERSION}",
        "provenance": source.provenance.to_json(),
        "annotations": len(source.annotations),
        "candidates": len(source.candidates),
        "marked_candidates_not_listed": source.unlisted_marks,
        "rotation_stability": source.stability_words,
        "size_l0": None if source.size_l0 is None else [source.size_l0.width, source.size_l0.height],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    write_bytes(job.out / (prefix + MANIFEST), orjson.dumps(manifest, option=options))
    progress(len(formats), len(formats), MANIFEST)
    return Exported((*hashes, prefix + MANIFEST), tuple(left_out))


def _files(
    source: ExportSource, chosen: Format, job: ExportJob, left_out: list[str]
) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files of one format; `_problem` has said that nothing is missing."""
    match chosen:
        case Format.GEOJSON:
            yield "annotations.geojson", annotations_geojson(source)
        case Format.ASAP | Format.IMAGESCOPE:
            data, unsaid = asap_xml(source) if chosen is Format.ASAP else imagescope_xml(source)
            left_out += unsaid
            yield f"annotations_{chosen.value}.xml", data
        case Format.CAMELYON:
            assert source.size_l0 is not None
            yield (
                "detections.csv",
                candidates_csv((each.candidate for each in source.candidates), size_l0=source.size_l0),
            )
        case Format.CANDIDATES:
            yield "candidates.csv", candidates_table(source)
        case Format.MEASUREMENTS:
            yield "measurements.csv", measurements_csv(source)
        case Format.WSINFER:
            heatmap = _heatmap(source)
            yield "wsinfer.csv", wsinfer_csv(heatmap)
            yield "wsinfer.geojson", wsinfer_geojson(source, heatmap)
        case Format.HEATMAP:
            yield "heatmap.ome.tif", ome_tiff(_heatmap(source), source.provenance)
        case Format.LIKELIHOOD:
            assert source.size_l0 is not None
            levels = source.slide.info.levels if source.slide is not None else ()
            data = likelihood_map(
                _heatmap(source), size_l0=source.size_l0, levels=levels, provenance=source.provenance
            )
            yield "likelihood_map.tif", data
        case Format.STABILITY:
            assert source.stability is not None
            yield "stability.ome.tif", stability_ome_tiff(source.stability, source.provenance)
            yield "stability.csv", stability_layer_csv(source.stability)
        case Format.REGIONS:
            for name, data in region_images(source, job.regions):
                yield f"regions/{name}", data
        case Format.REPORT:
            # fpdf takes as long to import as the rest of what the engine process starts with.
            from inference.export.report_pdf import report_pdf

            report = make_report(source)
            yield "report.html", report_html(report)
            yield "report.pdf", report_pdf(report)


def _names(source: ExportSource, chosen: Format, job: ExportJob) -> Sequence[str]:
    if chosen is Format.REGIONS:
        return ("regions/\u2026",)
    fixed = {
        Format.GEOJSON: ("annotations.geojson",),
        Format.ASAP: ("annotations_asap.xml",),
        Format.IMAGESCOPE: ("annotations_imagescope.xml",),
        Format.CAMELYON: ("detections.csv",),
        Format.CANDIDATES: ("candidates.csv",),
        Format.MEASUREMENTS: ("measurements.csv",),
        Format.WSINFER: ("wsinfer.csv", "wsinfer.geojson"),
        Format.HEATMAP: ("heatmap.ome.tif",),
        Format.LIKELIHOOD: ("likelihood_map.tif",),
        Format.STABILITY: ("stability.ome.tif", "stability.csv"),
        Format.REPORT: ("report.html", "report.pdf"),
    }
    return fixed[chosen]


def _problem(source: ExportSource, chosen: Format) -> str:
    """Why a format cannot be written, "" if it can."""
    if chosen in (Format.CAMELYON, Format.CANDIDATES, Format.WSINFER, Format.HEATMAP, Format.LIKELIHOOD):
        if source.heatmap is None:
            return "the slide was not scanned"
        if chosen in (Format.CAMELYON, Format.LIKELIHOOD) and source.size_l0 is None:
            return "the size of the slide is not known; give the slide with --slide"
        if chosen is Format.HEATMAP and source.mpp is None:
            return "the resolution is not known"
    if chosen is Format.STABILITY:
        if source.stability is None:
            return f"rotation stability of the whole slide: {source.stability_words}"
        if source.mpp is None:
            return "the resolution is not known"
    if (
        chosen in (Format.GEOJSON, Format.ASAP, Format.IMAGESCOPE, Format.MEASUREMENTS)
        and not source.annotations
    ):
        return "there are no annotations"
    if chosen is Format.REGIONS:
        if not any(each.is_area for each in source.annotations):
            return "there are no annotated areas"
        if source.slide is None or source.mpp is None:
            return "the slide or its resolution is missing; give the slide with --slide"
    return ""


def _content(source: ExportSource, chosen: Format) -> str:
    areas = sum(each.is_area for each in source.annotations)
    match chosen:
        case Format.GEOJSON | Format.ASAP | Format.IMAGESCOPE | Format.MEASUREMENTS:
            return _counted(len(source.annotations), "annotation")
        case Format.CAMELYON | Format.CANDIDATES:
            unlisted = f", {source.unlisted_marks:,} marked left out" if source.unlisted_marks else ""
            return f"{_counted(len(source.candidates), 'candidate')} from {source.threshold:g}{unlisted}"
        case Format.REGIONS:
            return _counted(areas, "area")
        case Format.REPORT:
            return "one page"
    heatmap = source.heatmap
    return "" if heatmap is None else f"{heatmap.columns:,} × {heatmap.rows:,} cells"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _selected(source: ExportSource, job: ExportJob) -> ExportSource:
    if job.selection is None:
        return source
    return replace(source, annotations=tuple(each for each in source.annotations if each.id in job.selection))


def _heatmap(source: ExportSource) -> Heatmap:
    assert source.heatmap is not None
    return source.heatmap


def _in_order(formats: Sequence[Format]) -> list[Format]:
    return [each for each in Format if each in formats]


def _prefix(wanted: str) -> str:
    """The prefix as every file system takes it; nothing in it can leave the folder."""
    safe = sanitize_filename(wanted, replacement_text="_", max_len=80).strip(". ")
    return f"{safe}_" if safe else ""


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            "The folder for the export cannot be made", where=str(folder), advice="Choose another folder"
        ) from error
