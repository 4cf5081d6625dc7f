"""The card of the slide: what its file says of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton

from app.panels.associated_images import AssociatedImages
from app.panels.card import Card
from app.panels.facts import Fact, Facts
from app.panels.words import count, counted, micrometres, millimetres
from inference.slides.colour_profile import ColourProfile
from inference.slides.slide import SlideInfo

_SOURCES = {"file": "from the file", "given": "given by you"}


def profile_text(profile: ColourProfile | None, *, applied: bool) -> str:
    """The slide's colour profile and what is made of it."""
    if profile is None:
        return "none in the file"
    if not profile.changes_colours:
        return f"{profile.name}, shown as stored"
    return f"{profile.name}, {'applied' if applied else 'switched off'}"


def slide_facts(info: SlideInfo, *, profile_applied: bool) -> list[Fact]:
    """What is known of a slide, in reading order."""
    size = info.size_l0
    facts = [
        ("Name", info.path.name),
        ("Format", info.format),
        ("Reading", info.reading),
        ("Size", f"{count(size.width)} × {count(size.height)} px"),
    ]
    if info.mpp is not None:
        across, down = millimetres(size.width, info.mpp.x), millimetres(size.height, info.mpp.y)
        facts += [
            ("", f"{across} × {down} mm"),
            ("Resolution", f"{micrometres(info.mpp)}, {_SOURCES.get(info.mpp_source, info.mpp_source)}"),
        ]
    else:
        facts += [("Resolution", "unknown")]
    if info.objective_power is not None:
        facts += [("Objective", f"{info.objective_power:g}×")]
    downsamples = ", ".join(f"{level.downsample_x:.3g}" for level in info.levels)
    facts += [("Levels", f"{len(info.levels)} ({downsamples})" if len(info.levels) > 1 else "1")]
    facts += [("Colour profile", profile_text(info.colour_profile, applied=profile_applied))]
    if info.associated_images:
        facts += [
            (
                "Hidden",
                counted(len(info.associated_images), "label or macro image", plural="label or macro images"),
            )
        ]
    facts += [("Fingerprint", info.fingerprint[:12])]
    return facts


class InfoCard(Card):
    """Shows a `SlideInfo`.

    Signals:
        mppWanted: the user wants to state the resolution.
    """

    mppWanted = Signal()

    def __init__(self, *, is_open: bool = True) -> None:
        super().__init__("info", "Slide info", is_open=is_open)
        self._info: SlideInfo | None = None
        self._profile_applied = True
        self.facts = Facts()
        self.message = QLabel("No slide is open.")
        self.message.setObjectName("caption")
        self.button = QPushButton("Set resolution…")
        self.button.setToolTip("State the slide's micrometres per pixel (Ctrl+R)")
        self.button.clicked.connect(self.mppWanted)
        self.content.addWidget(self.message)
        self.content.addWidget(self.facts)
        self.content.addWidget(self.button)
        self.associated = AssociatedImages()
        self.content.addWidget(self.associated)
        self.associated.reset(available=False)
        self.show_info(None)

    def show_info(self, info: SlideInfo | None) -> None:
        """Shows a slide's facts, or that there is none."""
        self._info = info
        self.facts.show_facts(
            [] if info is None else slide_facts(info, profile_applied=self._profile_applied)
        )
        self.facts.setVisible(info is not None)
        self.message.setVisible(info is None)
        # A resolution that the file states is not asked for; Ctrl+R still overrules it.
        self.button.setVisible(info is not None and info.mpp_source != "file")
        self.button.setText(
            "Change resolution…" if info is not None and info.mpp is not None else "Set resolution…"
        )

    def show_profile_applied(self, applied: bool) -> None:
        """Whether the colour profile is applied."""
        self._profile_applied = applied
        self.show_info(self._info)
