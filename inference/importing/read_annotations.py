"""Any annotation file: told apart by its content, read by the reader of its format."""

from __future__ import annotations

from pathlib import Path

import orjson

from inference.errors import AnnotationError
from inference.importing.asap_xml import read_asap
from inference.importing.camelyon import is_polygons, read_detections, read_polygons
from inference.importing.found import MAX_FILE_BYTES, ImportResult, refused
from inference.importing.geojson import read_geojson
from inference.importing.imagescope_xml import read_imagescope
from inference.importing.xml_tree import parse_xml

SUFFIXES = (".geojson", ".json", ".xml", ".csv")
"""By which the window tells a dropped annotation file from a slide."""

_BOM = b"\xef\xbb\xbf"


def read_annotations(path: Path) -> ImportResult:
    """Reads a file of GeoJSON, ASAP or ImageScope XML, Camelyon outlines or detections.

    Raises AnnotationError, and nothing else, for a file that cannot be read as any of these.
    """
    data = _bytes_of(path)
    start = data[:4096].removeprefix(_BOM).lstrip()
    if start.startswith((b"{", b"[")):
        return _read_json(path, data.removeprefix(_BOM))
    if start.startswith(b"<"):
        return _read_xml(path, data)
    if path.suffix.lower() == ".csv" or (start and b"," in start and start[:1].isdigit()):
        return read_detections(path, data)
    raise refused(
        path,
        "This file holds no annotations of a known format",
        "Choose GeoJSON, ASAP XML, ImageScope XML or a Camelyon table",
    )


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise refused(path, "This is a folder", "Choose an annotation file")
        if size > MAX_FILE_BYTES:
            raise refused(
                path, f"The file is over {MAX_FILE_BYTES // 2**20} MB", "Export the annotations in parts"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise AnnotationError(
            "The annotation file cannot be read",
            where=path.name,
            advice="Check that it exists and may be read",
        ) from error


def _read_json(path: Path, data: bytes) -> ImportResult:
    # Camelyon's outlines begin with their one key; anything else is GeoJSON or will be told that it is not.
    if b'"positive"' in data[:4096] or b'"negative"' in data[:4096]:
        try:
            content = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise refused(path, f"This file is not valid JSON ({error})", "Export it again") from error
        if is_polygons(content):
            return read_polygons(path, content)
    return read_geojson(path, data)


def _read_xml(path: Path, data: bytes) -> ImportResult:
    root = parse_xml(path, data)
    if root.tag == "ASAP_Annotations":
        return read_asap(path, root)
    if root.tag == "Annotations":
        return read_imagescope(path, root)
    raise refused(
        path, "This XML is neither ASAP's nor ImageScope's", "Choose an annotation file of one of these"
    )
