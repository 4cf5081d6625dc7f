"""Provenance: what every exported file says of its making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.slides.frames import Mpp


@dataclass(frozen=True, slots=True)
class Provenance:
    """Slide, model and settings behind a result. No slide name or path: names carry patient data often
    enough.

    Attributes:
        slide_fingerprint: 32 hex digits that name the slide's content.
        mpp: micrometres per level-0 pixel in use.
        mpp_source: "file" or "given".
        model, model_sha256: name and hash of its weights.
        settings: of the run, JSON with string keys.
        synthetic: the slide was drawn by a program.
    """

    slide_fingerprint: str
    mpp: Mpp
    mpp_source: str
    model: str
    model_sha256: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    synthetic: bool = False

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, the same keys in every kind of file."""
        return {
            "slide_fingerprint": self.slide_fingerprint,
            "mpp": [self.mpp.x, self.mpp.y],
            "mpp_source": self.mpp_source,
            "model": self.model,
            "model_sha256": self.model_sha256,
            "settings": dict(self.settings),
            "synthetic": self.synthetic,
            "research_use_only": True,
        }
