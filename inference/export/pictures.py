"""Pictures for people and for training sets: a region of the slide at a chosen resolution, its overlay and its mask."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from shapely.geometry.base import BaseGeometry

from inference.errors import ExportError, UnreadableTileError
from inference.export.export_source import ExportSource
from inference.results.annotation import Annotation, Colour
from inference.results.heatmap import Heatmap
from inference.slides.frames import RegionL0
from inference.slides.reads import WHITE, fits_one_read, white_canvas
from inference.slides.slide import RgbImage, Slide

MAX_PIXELS = 100_000_000
"""A picture beyond 100 megapixels is a slide of its own."""
HEATMAP_OPACITY = 0.45
PROBABILITY_WORDS = "0 probability 1"
_TILE = 2048


@dataclass(frozen=True, slots=True)
class Picture:
    """Where and how finely a picture is taken.

    Attributes:
        region_l0: what it shows.
        downsample: level-0 pixels per picture pixel, both axes.
    """

    region_l0: RegionL0
    downsample: float

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, at least one each."""
        return (
            max(1, round(self.region_l0.width / self.downsample)),
            max(1, round(self.region_l0.height / self.downsample)),
        )


def read_picture(slide: Slide, picture: Picture) -> RgbImage:
    """(height, width, 3) of the slide, white beyond it; places that cannot be read are grey.

    Read from the coarsest level that is fine enough, averaged by area. Raises ExportError for more than 100 megapixels.
    """
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ExportError(
            f"The picture would have {width:,} x {height:,} pixels",
            advice="Choose a coarser resolution or a smaller region",
        )
    levels = slide.info.levels
    fitting = [n for n, level in enumerate(levels) if level.downsample_x <= picture.downsample * 1.01]
    number = max(fitting, key=lambda n: levels[n].downsample_x, default=0)
    level, region = levels[number], picture.region_l0
    image = white_canvas(width, height)
    # In tiles, so that a coarse picture of a slide with one level takes no more memory than a fine one.
    for top in range(0, height, _tile(picture, level.downsample_y)):
        for left in range(0, width, _tile(picture, level.downsample_x)):
            right = min(left + _tile(picture, level.downsample_x), width)
            bottom = min(top + _tile(picture, level.downsample_y), height)
            x0 = math.floor((region.x + left * picture.downsample) / level.downsample_x)
            y0 = math.floor((region.y + top * picture.downsample) / level.downsample_y)
            x1 = math.ceil((region.x + right * picture.downsample) / level.downsample_x)
            y1 = math.ceil((region.y + bottom * picture.downsample) / level.downsample_y)
            try:
                pixels = slide.read_region(
                    number, x_lv=x0, y_lv=y0, width=max(1, x1 - x0), height=max(1, y1 - y0)
                )
            except UnreadableTileError:
                image[top:bottom, left:right] = 128
                continue
            size = (right - left, bottom - top)
            image[top:bottom, left:right] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return image


def _tile(picture: Picture, downsample: float) -> int:
    """Picture pixels a side of one read: whole steps of what the level holds."""
    side = max(1, int(_TILE * downsample / picture.downsample))
    assert fits_one_read(_TILE + 2, _TILE + 2)
    return side


def overlaid(
    image: RgbImage, picture: Picture, source: ExportSource, *, table: NDArray[np.uint8]
) -> RgbImage:
    """A copy with the heatmap, transparent below the threshold, and the outlines of annotations.

    Args:
        table: (256, 3) colours of the probabilities 0 to 1.
    """
    laid = image.copy()
    if source.heatmap is not None:
        _lay_heatmap(laid, picture, source.heatmap, source.threshold, table)
    for annotation in source.annotations:
        _outline(laid, picture, annotation.geometry, source.colour_of(annotation))
    return laid


def mask_of(
    picture: Picture, annotations: Sequence[Annotation], labels: Mapping[str, int]
) -> NDArray[np.uint8]:
    """(height, width) uint8: the label of the class of the last area that covers a pixel's middle, 0 for none."""
    width, height = picture.size
    mask = np.zeros((height, width), np.uint8)
    for annotation in annotations:
        if annotation.is_area and annotation.class_name in labels:
            inside = np.zeros_like(mask)
            for part in shapely.get_parts(annotation.geometry):
                rings = [_pixels(each, picture) for each in (part.exterior, *part.interiors)]
                cv2.fillPoly(inside, rings, 1, shift=_SHIFT)
            mask[inside > 0] = labels[annotation.class_name]
    return mask


_SHIFT = 4
"""Sixteenths of a pixel, in which OpenCV takes vertices."""


def _pixels(geometry: BaseGeometry, picture: Picture) -> NDArray[np.int32]:
    """(points, 2) vertices in sixteenths of a picture pixel; OpenCV counts from the middle of the first pixel."""
    corner = np.array([picture.region_l0.x, picture.region_l0.y])
    pixels = (shapely.get_coordinates(geometry) - corner) / picture.downsample - 0.5
    return np.rint(np.clip(pixels, -1e6, 1e6) * 2**_SHIFT).astype(np.int32)


def _outline(image: RgbImage, picture: Picture, geometry: BaseGeometry, colour: Colour) -> None:
    thick = max(2, round(min(image.shape[:2]) / 500))
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Point":
            ((x, y),) = _pixels(part, picture).tolist()
            cv2.circle(image, (x, y), 5 * thick << (_SHIFT - 1), colour, thick, cv2.LINE_AA, _SHIFT)
            continue
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        closed = part.geom_type == "Polygon"
        points = [_pixels(each, picture) for each in rings]
        cv2.polylines(image, points, closed, colour, thick, cv2.LINE_AA, _SHIFT)


def _lay_heatmap(
    image: RgbImage, picture: Picture, heatmap: Heatmap, threshold: float, table: NDArray[np.uint8]
) -> None:
    height, width = image.shape[:2]
    xs = picture.region_l0.x + (np.arange(width) + 0.5) * picture.downsample
    ys = picture.region_l0.y + (np.arange(height) + 0.5) * picture.downsample
    columns = np.floor((xs - heatmap.origin_l0.x) / heatmap.stride_x_l0).astype(int)
    rows = np.floor((ys - heatmap.origin_l0.y) / heatmap.stride_y_l0).astype(int)
    in_x, in_y = (columns >= 0) & (columns < heatmap.columns), (rows >= 0) & (rows < heatmap.rows)
    block = np.ix_(np.flatnonzero(in_y), np.flatnonzero(in_x))
    cells = np.ix_(rows[in_y], columns[in_x])
    values, shown = heatmap.values[cells], heatmap.at_least(threshold)[cells]
    colours = table[np.nan_to_num(values * 255).astype(np.uint8)]
    part = image[block]
    mixed = part * (1 - HEATMAP_OPACITY) + colours * HEATMAP_OPACITY
    part[shown] = mixed[shown].astype(np.uint8)
    image[block] = part


def with_scale_and_legend(
    image: RgbImage,
    picture: Picture,
    *,
    mpp: float | None,
    legend: str,
    table: NDArray[np.uint8] | None,
    strip: int | None = None,
) -> RgbImage:
    """The picture with a strip below it: scale bar, colour scale 0 to 1 if a table is given, and a line of text.

    A picture too narrow for the strip gets white at its right.

    Args:
        strip: its height in px; by default one that suits the picture.
    """
    height, width = image.shape[:2]
    strip = max(36, width // 40) if strip is None else strip
    font = ImageFont.load_default(size=max(11, strip // 3))
    length_um = 0.0 if mpp is None else round_length(width / 5 * picture.downsample * mpp)
    bar = 0.0 if mpp is None else length_um / (picture.downsample * mpp)
    across = 0 if table is None else max(round(font.getlength(PROBABILITY_WORDS)), width // 8)
    gaps = strip // 2 * ((mpp is not None) + (table is not None)) + 2 * (strip // 3)
    needed = math.ceil(bar + across + gaps + font.getlength(legend))
    canvas = Image.new("RGB", (max(width, needed), height + strip), (WHITE,) * 3)
    canvas.paste(Image.fromarray(image), (0, 0))
    draw = ImageDraw.Draw(canvas)
    left, middle = strip // 3, height + strip // 2
    if mpp is not None:
        draw.rectangle((left, middle + 4, left + bar, middle + 7), fill=(0, 0, 0))
        # Pillow's own font has no micro sign.
        words = length_words(length_um).replace("µ", "u")
        draw.text((left, middle - strip // 2 + 2), words, fill=(0, 0, 0), font=font)
        left += round(bar) + strip // 2
    if table is not None:
        ramp = Image.fromarray(np.tile(table[np.linspace(0, 255, across).astype(int)], (8, 1, 1)))
        canvas.paste(ramp, (left, middle))
        draw.text((left, middle - strip // 2 + 2), PROBABILITY_WORDS, fill=(0, 0, 0), font=font)
        left += across + strip // 2
    draw.text((left, middle - strip // 6), legend, fill=(60, 60, 60), font=font)
    return np.asarray(canvas)


def round_length(um: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not above a length."""
    power = 10.0 ** math.floor(math.log10(max(um, 1e-3)))
    return next((factor * power for factor in (5, 2, 1) if factor * power <= um), power)


def length_words(um: float) -> str:
    """A length with its unit."""
    return f"{um / 1000:g} mm" if um >= 1000 else f"{um:g} µm"


def jpeg_bytes(image: RgbImage) -> bytes:
    """JPEG for looking at; the same picture gives the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def png_bytes(
    image: NDArray[np.uint8], *, mpp: float | None = None, texts: Mapping[str, str] | None = None
) -> bytes:
    """PNG with its resolution and text fields; the same picture gives the same bytes."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, value in sorted((texts or {}).items()):
        info.add_itxt(key, value)
    dpi = None if mpp is None else (25_400 / mpp, 25_400 / mpp)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", pnginfo=info, **({} if dpi is None else {"dpi": dpi}))
    return buffer.getvalue()


def tiff_bytes(image: NDArray[np.uint8], *, mpp: float | None) -> bytes:
    """Plain TIFF with its resolution."""
    import tifffile

    resolution = None if mpp is None else (10_000 / mpp, 10_000 / mpp)
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        image,
        photometric="rgb" if image.ndim == 3 else "minisblack",
        compression="adobe_deflate",
        resolution=resolution,
        resolutionunit="CENTIMETER" if resolution is not None else None,
        software="Equiscope",
        datetime=None,
        metadata=None,
    )
    return buffer.getvalue()
