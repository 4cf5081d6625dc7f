"""The command line of the window."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from inference.version import VERSION

USAGE_EXIT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for.

    Attributes:
        slides: slides and folders of slides to open; the first is shown.
        fresh: start without the slides of the last session.
        screenshot: PNG to save the window to; the program then ends by itself.
        size: of the window in px, or None for the usual one.
        out: folder for the results of the scan.
    """

    slides: tuple[Path, ...] = ()
    fresh: bool = False
    scan: bool = False
    mpp: float | None = None
    model: str | None = None
    screenshot: Path | None = None
    size: tuple[int, int] | None = None
    out: Path | None = None


def parse(arguments: list[str]) -> Wishes:
    """The wishes of a command line; ends the program with exit code 2 and one sentence if they make no sense."""
    parser = argparse.ArgumentParser(
        prog="equiscope",
        description="Look at whole-slide images with a tumour heatmap over them. "
        "Research use only, not a medical device.",
    )
    parser.add_argument("slides", nargs="*", type=Path, metavar="SLIDE|FOLDER", help="slides to open")
    parser.add_argument("--fresh", action="store_true", help="start without the slides of the last session")
    parser.add_argument("--scan", action="store_true", help="scan the slide, or one after the other")
    parser.add_argument("--mpp", type=_mpp, metavar="X", help="micrometres per level-0 pixel, e.g. 0.25")
    parser.add_argument("--model", metavar="NAME", help="name of a shipped model, or a model folder")
    parser.add_argument(
        "--screenshot", type=Path, metavar="PNG", help="save the window as a picture and exit"
    )
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, e.g. 1600x1000")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the scan's results into this folder")
    parser.add_argument("--version", action="version", version=f"equiscope {VERSION}")
    found = parser.parse_args(arguments)
    if not found.slides and (found.scan or found.mpp is not None):
        parser.error("--scan and --mpp need a SLIDE")
    if len(found.slides) > 1 and (found.mpp is not None or found.out is not None):
        parser.error("--mpp and --out go with one SLIDE")
    if found.out is not None and not found.scan:
        parser.error("--out needs --scan: it writes what a scan computes")
    found.slides = tuple(found.slides)
    return Wishes(**vars(found))


def display_missing(wishes: Wishes) -> bool:
    """Whether there is no screen to show a window on."""
    if sys.platform != "linux" or "QT_QPA_PLATFORM" in os.environ:
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _mpp(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(text)
    return value


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 1600x1000")
    return int(match[1]), int(match[2])
