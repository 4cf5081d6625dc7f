"""Reading a place that a user typed or copied: "x, y" in micrometres, millimetres or pixels."""

from __future__ import annotations

import re

from inference.slides.frames import Mpp, PointL0, SizeL0

UNITS_UM = {"\u00b5m": 1.0, "um": 1.0, "mm": 1000.0}
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_UNIT = re.compile(r"(\u00b5m|\u03bcm|um|mm|px)", re.IGNORECASE)


def parse_place(text: str, *, unit: str, mpp: Mpp | None, size_l0: SizeL0) -> PointL0:
    """The place that a text names.

    Read as well are what the status line shows ("x 24 816  y 9 204 um") and decimal commas where a semicolon parts
    the numbers. A unit in the text counts for more than `unit`.

    Args:
        unit: "\u00b5m", "mm" or "px", where the text names none.

    Raises ValueError with a sentence for the user.
    """
    named = {each.lower().replace("\u03bc", "\u00b5") for each in _UNIT.findall(text)}
    if len(named) > 1:
        raise ValueError("Write both numbers in the same unit.")
    unit = named.pop() if named else unit
    # Thin spaces part thousands, in the status line as well.
    plain = re.sub(r"(?<=\d)[\u202f\u00a0\u2009](?=\d)", "", _UNIT.sub(" ", text))
    if ";" in plain:
        plain = plain.replace(",", ".")
    numbers = [float(each) for each in _NUMBER.findall(plain)]
    if len(numbers) != 2:
        raise ValueError("Write two numbers: x, then y, as in 1200, 850.")
    x, y = numbers
    if unit != "px":
        if mpp is None:
            raise ValueError("The slide's resolution is unknown: write the place in px.")
        x, y = x * UNITS_UM[unit] / mpp.x, y * UNITS_UM[unit] / mpp.y
    if not (0 <= x <= size_l0.width and 0 <= y <= size_l0.height):
        raise ValueError(f"That lies outside the slide, which is {_size_text(unit, mpp, size_l0)}.")
    return PointL0(x, y)


def _size_text(unit: str, mpp: Mpp | None, size_l0: SizeL0) -> str:
    across, down = float(size_l0.width), float(size_l0.height)
    if unit != "px" and mpp is not None:
        across, down = across * mpp.x / UNITS_UM[unit], down * mpp.y / UNITS_UM[unit]
    digits = 2 if unit == "mm" else 0
    return f"{across:.{digits}f} \u00d7 {down:.{digits}f} {unit}"
