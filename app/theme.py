"""The dark and the light look: two palettes of named colours and one style sheet made from either."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.style_sheet import STYLE_SHEET

TEXT_PX = 13
TABULAR_DIGITS = QFont.Tag("tnum")
"""OpenType feature: digits of one width, so that numbers do not jump while they count."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for, as #rrggbb.

    Attributes:
        ground: behind the slide. panel: trays and cards. bar: toolbar, status line, controls at rest.
        line: between regions. edge: around controls. hover: a control under the cursor.
        text, text_secondary, text_disabled: the latter is exempt from the contrast rule.
        accent: primary button, slider. on_accent: text on it. tint: something switched on or selected.
        tray_current: the slide on show in the tray. knob: of a slider.
        good, warn, bad: states. good_tint, warn_tint, bad_tint: behind them in chips.
    """

    name: str
    ground: str
    panel: str
    bar: str
    line: str
    edge: str
    hover: str
    text: str
    text_secondary: str
    text_disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    tint: str
    tray_current: str
    knob: str
    good: str
    warn: str
    bad: str
    good_tint: str
    warn_tint: str
    bad_tint: str


DARK = Palette(
    name="dark",
    ground="#1e2124", panel="#222529", bar="#26292d", line="#15171a", edge="#34393f", hover="#2f3338",
    text="#e6e8ea", text_secondary="#98a0a8", text_disabled="#5f666d",
    accent="#18a0a8", accent_hover="#22b3bb", on_accent="#06181a", tint="#14535a",
    tray_current="#1d3438", knob="#e6e8ea",
    good="#4ad991", warn="#ffcf70", bad="#f0838b",
    good_tint="#173d2b", warn_tint="#4a3a14", bad_tint="#4d2227",
)  # fmt: skip
LIGHT = Palette(
    name="light",
    ground="#f4f5f6", panel="#ffffff", bar="#eceef0", line="#d5d9dd", edge="#c3c9ce", hover="#dfe3e6",
    text="#1b1e21", text_secondary="#5b636b", text_disabled="#a3abb2",
    accent="#0b7f87", accent_hover="#096b72", on_accent="#ffffff", tint="#c9e8ea",
    tray_current="#e3f2f3", knob="#0b7f87",
    good="#116b3f", warn="#7a5200", bad="#a82a33",
    good_tint="#d3f0e0", warn_tint="#fbeac4", bad_tint="#f8d9db",
)  # fmt: skip
# Secondary and bad are a step away from the drawing's values, which stay below 4.5:1 on the bars and tints here.


def contrast(one: str, other: str) -> float:
    """Contrast of two colours after WCAG 2, 1..21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    value = QColor(colour)
    channels = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value.redF(), value.greenF(), value.blueF())
    ]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def palette_for(choice: str) -> Palette:
    """The palette of a setting; "system" follows the system, and is dark where the system has no wish."""
    if choice == "system":
        light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if choice == "light" else DARK


def style_sheet(palette: Palette) -> str:
    """The style sheet in a palette's colours."""
    return STYLE_SHEET.substitute(asdict(palette))


def ui_font() -> QFont:
    """Inter where it is installed, else the system's font; 13 px with digits of one width."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if "Inter" in QFontDatabase.families():
        font.setFamily("Inter")
    font.setPixelSize(TEXT_PX)
    font.setFeature(TABULAR_DIGITS, 1)
    return font


def apply_theme(application: QApplication, palette: Palette) -> None:
    """Gives the whole program a palette."""
    application.setStyle("Fusion")
    application.setFont(ui_font())
    application.setPalette(_qt_palette(palette))
    application.setStyleSheet(style_sheet(palette))


def _qt_palette(palette: Palette) -> QPalette:
    """For what the style sheet does not reach."""
    role = QPalette.ColorRole
    colours = QPalette()
    for each, colour in (
        (role.Window, palette.panel),
        (role.WindowText, palette.text),
        (role.Base, palette.panel),
        (role.AlternateBase, palette.bar),
        (role.Text, palette.text),
        (role.Button, palette.bar),
        (role.ButtonText, palette.text),
        (role.Highlight, palette.tint),
        (role.HighlightedText, palette.text),
        (role.ToolTipBase, palette.bar),
        (role.ToolTipText, palette.text),
        (role.PlaceholderText, palette.text_secondary),
        (role.Link, palette.accent),
    ):
        colours.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, each, QColor(palette.text_disabled))
    return colours
