"""Both palettes keep text readable, and icons take their colours."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.icons import icon_names, pixmap_of
from app.theme import DARK, LIGHT, Palette, contrast, style_sheet

READABLE = 4.5
"""WCAG 2 AA for text of ordinary size."""


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_text_is_readable_on_everything_it_stands_on(palette: Palette) -> None:
    pairs = [
        (palette.text, ground)
        for ground in (palette.panel, palette.bar, palette.hover, palette.tint, palette.tray_current)
    ]
    pairs += [(palette.text_secondary, ground) for ground in (palette.panel, palette.bar, palette.ground)]
    pairs += [
        (palette.on_accent, palette.accent),
        (palette.on_accent, palette.accent_hover),
        (palette.good, palette.good_tint),
        (palette.warn, palette.warn_tint),
        (palette.bad, palette.bad_tint),
    ]
    assert [pair for pair in pairs if contrast(*pair) < READABLE] == []


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_the_style_sheet_uses_every_name_it_mentions(palette: Palette) -> None:
    sheet = style_sheet(palette)
    assert "$" not in sheet
    assert palette.accent in sheet


@pytest.mark.parametrize("name", icon_names())
def test_an_icon_is_drawn_in_the_colour_asked_for(qtbot: QtBot, name: str) -> None:
    image = pixmap_of(name, "#ff0000").toImage()
    opaque = [
        image.pixelColor(x, y)
        for y in range(image.height())
        for x in range(image.width())
        if image.pixelColor(x, y).alpha() > 200
    ]
    assert len(opaque) >= 8
    assert all(colour.red() > 200 and colour.green() < 30 and colour.blue() < 30 for colour in opaque)
