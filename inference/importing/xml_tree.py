"""XML of strangers, parsed without entities, document types or anything fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import numpy as np
from defusedxml.common import DefusedXmlException
from numpy.typing import NDArray

from inference.importing.found import coordinates, refused
from inference.results.annotation import Colour

_HEX_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")


def parse_xml(path: Path, data: bytes) -> Element:
    """The root element. Raises AnnotationError for what is no XML or uses a document type."""
    try:
        root: Element = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise refused(
            path, "This XML uses a document type or entities, which are not read", "Export it again"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise refused(path, f"This file is not valid XML ({error})", "Export it again") from error
    return root


def points_of(elements: list[Element], *, x: str, y: str, least: int) -> NDArray[np.float64]:
    """(points, 2) from the attributes of elements; errors as `found.coordinates`."""
    try:
        values: list[Any] = [[float(each.attrib[x]), float(each.attrib[y])] for each in elements]
    except (KeyError, ValueError):
        raise ValueError("a coordinate that is no number") from None
    return coordinates(values, least=least)


def hex_colour(value: str | None) -> Colour | None:
    """`#rrggbb` as a colour, None for anything else."""
    match = _HEX_COLOUR.fullmatch(value or "")
    if match is None:
        return None
    packed = int(match.group(1), 16)
    return packed >> 16, (packed >> 8) & 255, packed & 255
