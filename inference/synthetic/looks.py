"""The kinds of cell that are drawn and how their size, shape and stain vary."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The cells that are drawn."""

    LYMPHOCYTE = "lymphocyte"
    CENTROBLAST = "centroblast"
    RETICULAR = "reticular"
    TUMOUR_BODY = "tumour body"
    TUMOUR_NUCLEUS = "tumour nucleus"
    SPINDLE = "spindle"
    RED_CELL = "red cell"


@dataclass(frozen=True)
class Look:
    """How the cells of one kind vary: (low, high) of uniform draws; lengths in um, stains in natural optical density.

    `longer` is length over width of the nucleus, `dent` the irregularity of its outline, `rim` the extra stain along
    its border, `core` the part of its stain left in the middle, `clumps` the contrast of chromatin inside,
    `nucleoli` how many of them, `body` the width of cytoplasm about it, `halo` the pale gap about the whole cell.
    """

    radius_um: tuple[float, float]
    longer: tuple[float, float]
    dent: float
    hematoxylin: tuple[float, float]
    eosin: tuple[float, float]
    rim: float
    core: float
    clumps: float
    variants: int
    nucleoli: tuple[int, int] = (0, 0)
    body_um: tuple[float, float] = (0.0, 0.0)
    body_eosin: tuple[float, float] = (0.0, 0.0)
    body_hematoxylin: tuple[float, float] = (0.0, 0.0)
    halo_um: float = 0.0


LOOKS: dict[Kind, Look] = {
    Kind.LYMPHOCYTE: Look(
        radius_um=(2.5, 3.9),
        longer=(1.0, 1.6),
        dent=0.065,
        hematoxylin=(1.6, 2.6),
        eosin=(0.35, 0.6),
        rim=0.15,
        core=0.85,
        clumps=0.28,
        body_um=(0.1, 0.9),
        body_eosin=(0.2, 0.5),
        body_hematoxylin=(0.08, 0.25),
        halo_um=0.8,
        variants=128,
    ),
    Kind.CENTROBLAST: Look(
        radius_um=(3.1, 4.3),
        longer=(1.0, 1.6),
        dent=0.07,
        hematoxylin=(1.2, 2.1),
        eosin=(0.35, 0.6),
        rim=0.25,
        core=0.8,
        clumps=0.28,
        nucleoli=(0, 2),
        body_um=(0.4, 1.2),
        body_eosin=(0.2, 0.4),
        body_hematoxylin=(0.1, 0.25),
        halo_um=0.6,
        variants=64,
    ),
    Kind.RETICULAR: Look(
        radius_um=(3.4, 4.7),
        longer=(1.2, 2.2),
        dent=0.07,
        hematoxylin=(0.7, 1.15),
        eosin=(0.25, 0.4),
        rim=0.4,
        core=0.55,
        clumps=0.2,
        nucleoli=(0, 1),
        body_um=(0.8, 2.4),
        body_eosin=(0.25, 0.55),
        body_hematoxylin=(0.06, 0.18),
        halo_um=0.2,
        variants=64,
    ),
    Kind.TUMOUR_BODY: Look(
        radius_um=(8.0, 11.0),
        longer=(1.0, 1.6),
        dent=0.1,
        hematoxylin=(0.0, 0.0),
        eosin=(0.0, 0.0),
        rim=0.0,
        core=0.0,
        clumps=0.0,
        body_eosin=(0.26, 0.66),
        body_hematoxylin=(0.08, 0.32),
        halo_um=0.35,
        variants=64,
    ),
    Kind.TUMOUR_NUCLEUS: Look(
        radius_um=(4.0, 6.7),
        longer=(1.0, 1.7),
        dent=0.06,
        hematoxylin=(0.9, 2.2),
        eosin=(0.4, 0.8),
        rim=0.5,
        core=0.48,
        clumps=0.27,
        nucleoli=(1, 2),
        variants=128,
    ),
    Kind.SPINDLE: Look(
        radius_um=(1.8, 2.7),
        longer=(2.6, 5.0),
        dent=0.06,
        hematoxylin=(1.0, 1.7),
        eosin=(0.35, 0.5),
        rim=0.1,
        core=0.85,
        clumps=0.2,
        body_um=(0.0, 0.2),
        body_eosin=(0.4, 0.6),
        body_hematoxylin=(0.05, 0.1),
        variants=64,
    ),
    Kind.RED_CELL: Look(
        radius_um=(2.7, 3.5),
        longer=(1.0, 1.5),
        dent=0.06,
        hematoxylin=(0.02, 0.06),
        eosin=(0.65, 1.0),
        rim=0.0,
        core=0.8,
        clumps=0.05,
        variants=32,
    ),
}
"""Sizes after histology texts (a resting lymphocyte's nucleus is 6 to 8 um, a centroblast's 8 to 10, a breast carcinoma
cell's 11 to 18); densities chosen so that the colours at 0.972 um/px have the spread of Camelyon16."""
