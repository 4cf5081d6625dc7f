"""Rotation stability with functions whose answers are known, and with real networks in OpenVINO."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.engine.cancel import CancelToken
from inference.engine.catalog import ModelEntry
from inference.engine.group_check import largest_difference
from inference.engine.messages import ScanRequest, ScanStarted, Scores, decode, encode
from inference.engine.predictor import Predictor
from inference.engine.predictor_cache import PredictorCache
from inference.engine.scan import scan
from inference.engine.stability import MOST_CELLS, block_of, stability
from inference.engine.stability_messages import (
    StabilityCancelled,
    StabilityDone,
    StabilityGroup,
    StabilityProgress,
    StabilityRequest,
    StabilityStarted,
    StabilityTurn,
)
from inference.errors import EquiscopeError
from inference.results.stability import turn_angle
from inference.slides.frames import RegionL0
from inference.slides.grid import Tile, TileGrid
from inference.slides.slide import RgbImage
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model
from tests.support.networks import lively_network

MPP = 0.972
"""Level 0 is the model's plane, so that places can be counted in its pixels."""
SIDE = 800
BEST = (288.0, 256.0, 224.0, 256.0)
"""8 rows of 7 cells in the middle of a slide of 25 x 25, so that no turn sees the edge."""


class FieldFunction:
    """A predictor that computes a number from each 96 px field, as a network would at a stride of 32."""

    device, precision, batch, calls, one_by_one = "test", "float64", 3, 1, True

    def values(self, fields: NDArray[np.uint8]) -> NDArray[np.floating]:
        """Fields (rows, columns, 3, 96, 96) -> values (rows, columns)."""
        raise NotImplementedError

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        windows = [np.lib.stride_tricks.sliding_window_view(each, (96, 96), axis=(0, 1)) for each in images]
        return [self.values(each[::32, ::32]).astype(np.float32) for each in windows]


class DiscMean(FieldFunction):
    """The mean colour of a disc: the same however the picture is turned."""

    def __init__(self, radius: float = 46) -> None:
        y, x = np.mgrid[:96, :96] - 47.5
        self._disc = np.hypot(x, y) <= radius

    def values(self, fields: NDArray[np.uint8]) -> NDArray[np.floating]:
        return np.asarray(fields[..., self._disc].mean(axis=(2, 3)) / 255)


class RightMinusLeft(FieldFunction):
    """Depends on the turn as strongly as a function can: the horizontal slope of the red channel."""

    def values(self, fields: NDArray[np.uint8]) -> NDArray[np.floating]:
        red = fields[:, :, 0]
        right, left = red[..., 48:].mean(axis=(2, 3)), red[..., :48].mean(axis=(2, 3))
        return np.asarray(0.5 + (right - left) / 48)


def slide_of(path: Path, image: NDArray[np.uint8]) -> Path:
    return write_pyramid(path, image, mpp=MPP, factors=(1, 2))


def events_of(
    slide: Path,
    predictor: Predictor | None,
    *,
    models: tuple[str, ...] = ("p4m-densenet-m",),
    region: tuple[float, float, float, float] = BEST,
    turns: int = 8,
    **more: object,
) -> list[object]:
    request = StabilityRequest("s", str(slide), models, region, turns, **more)  # type: ignore[arg-type]

    def predictor_for(model: ModelEntry) -> tuple[Predictor, tuple[str, ...]]:
        return (predictor, ()) if predictor is not None else PREDICTORS(model)

    # Every event goes through the engine's own wire, as it does on its way to the window.
    return [decode(encode(event)) for event in stability(request, predictor_for, CancelToken())]  # type: ignore[arg-type]


PREDICTORS = PredictorCache("cpu")


def maps_of(events: list[object], model: int = 0) -> NDArray[np.float32]:
    turns = {e.turn: e.values for e in events if isinstance(e, StabilityTurn) and e.model == model}
    return np.stack([turns[k] for k in sorted(turns)])


def started(events: list[object]) -> StabilityStarted:
    return next(e for e in events if isinstance(e, StabilityStarted))


@pytest.fixture(scope="module")
def texture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return slide_of(tmp_path_factory.mktemp("slides") / "texture.tif", textured(SIDE, SIDE, seed=3))


@pytest.mark.parametrize("exact", [False, True])
def test_a_rotation_invariant_function_is_stable(texture: Path, exact: bool) -> None:
    maps = maps_of(events_of(texture, DiscMean(), turns=32 if not exact else 8, exact=exact))
    assert maps.shape == (8 if exact else 32, 8, 7)
    assert np.ptp(maps[0]) > 0.02  # cells differ, so that standing still is not the reason
    assert maps.std(axis=0).max() < 0.01


@pytest.mark.parametrize("exact", [False, True])
def test_an_orientation_dependent_function_gives_its_curve_cell_by_cell(tmp_path: Path, exact: bool) -> None:
    """Red is a bowl, so each cell's slope has its own size and direction, and turns by the cosine and sine."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    bowl = np.repeat((0.0012 * (x**2 + y**2))[..., None], 3, axis=2)
    slide = slide_of(tmp_path / "bowl.tif", np.clip(np.rint(bowl), 0, 255).astype(np.uint8))
    events = events_of(slide, RightMinusLeft(), turns=16, exact=exact)
    place = started(events)
    across = 32 * (place.column + np.arange(place.columns) + 0.5) - SIDE / 2
    down = 32 * (place.row + np.arange(place.rows) + 0.5) - SIDE / 2
    slope_x, slope_y = 0.0024 * across[None, :], 0.0024 * down[:, None]
    maps = maps_of(events)
    assert place.beyond.sum() == 0
    for turn, values in enumerate(maps):
        angle = math.radians(turn_angle(turn, 16))
        expected = 0.5 + slope_x * math.cos(angle) + slope_y * math.sin(angle)
        np.testing.assert_allclose(values, expected, atol=0.004)
    assert maps.std(axis=0).max() > 0.1


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("at", [(360, 380), (450, 350)])
def test_a_bright_disc_stays_where_it_is_in_all_maps(
    tmp_path: Path, at: tuple[int, int], exact: bool
) -> None:
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    cv2.circle(image, at, 40, (255, 255, 255), -1)
    events = events_of(
        slide_of(tmp_path / "disc.tif", image), DiscMean(16), turns=8 if exact else 32, exact=exact
    )
    place = started(events)
    for values in maps_of(events):
        rows, columns = np.mgrid[: place.rows, : place.columns] + 0.5
        x = 32 * (place.column + (columns * values).sum() / values.sum())
        y = 32 * (place.row + (rows * values).sum() / values.sum())
        assert math.hypot(x - at[0], y - at[1]) < 16


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "plain", lively_network("densenet"))


def test_upright_is_the_scan_and_p4m_is_equal_over_the_group_while_plain_is_not(
    texture: Path, lively: Path, plain: Path
) -> None:
    events = events_of(texture, None, models=(str(lively), str(plain)), turns=4)
    place = started(events)
    scores = list(scan(ScanRequest("r", str(texture), str(lively)), PREDICTORS, CancelToken()))
    grid = next(e for e in scores if isinstance(e, ScanStarted))
    heatmap = np.full((grid.rows, grid.columns), np.nan, np.float32)
    for each in (e for e in scores if isinstance(e, Scores)):
        rows, columns = each.values.shape
        heatmap[each.row : each.row + rows, each.column : each.column + columns] = each.values
    part = heatmap[place.row :, place.column :][: place.rows, : place.columns]
    known = ~np.isnan(part)
    assert known.any()
    np.testing.assert_allclose(maps_of(events)[0][known], part[known], rtol=0, atol=1e-6)

    groups = {e.model: e.values for e in events if isinstance(e, StabilityGroup)}
    np.testing.assert_allclose(groups[0][0], maps_of(events)[0], rtol=0, atol=1e-6)
    assert largest_difference(groups[0]) <= 1e-5
    assert largest_difference(groups[1]) > 1e-3
    done = events[-1]
    assert isinstance(done, StabilityDone)
    assert done.interpolation.shape == (2, place.rows, place.columns)
    assert 0 < done.interpolation[0].mean() < maps_of(events).std()
    assert 0 < done.pixel_error < 10
    assert all(each > 0 for each in done.seconds)


def test_models_take_turns_and_the_group_follows_the_first_turns(
    texture: Path, lively: Path, plain: Path
) -> None:
    region = (320.0, 320.0, 96.0, 64.0)
    events = events_of(texture, None, models=(str(lively), str(plain)), turns=8, region=region)
    told = [(e.model, e.turn) for e in events if isinstance(e, StabilityTurn)]
    first, rest = [0, 2, 4, 6], [1, 3, 5, 7]
    assert told == [(0, k) for k in first] + [(1, k) for k in first] + [(0, k) for k in rest] + [
        (1, k) for k in rest
    ]
    kinds = [type(e) for e in events]
    assert kinds.index(StabilityGroup) > 8
    assert [each[2] for each in started(events).models] == ["p4m", "plain"]
    progress = [e.part_done for e in events if isinstance(e, StabilityProgress)]
    assert progress == sorted(progress)


def test_cells_near_the_slides_edge_are_named(texture: Path) -> None:
    events = events_of(texture, DiscMean(), region=(0.0, 0.0, 320.0, 320.0), turns=4)
    beyond = started(events).beyond
    assert beyond[:3].all()
    assert beyond[:, :3].all()
    assert not beyond[4:, 4:].any()
    assert not np.isnan(maps_of(events)).any()


def test_a_cell_that_may_see_unreadable_pixels_has_no_value(texture: Path, tmp_path: Path) -> None:
    import tifffile

    broken = tmp_path / "broken.tif"
    broken.write_bytes(texture.read_bytes())
    with tifffile.TiffFile(texture) as tiff:
        page = tiff.pages[0]
        across = -(-page.imagewidth // page.tilewidth)
        number = across + 1  # px 256 .. 512 both ways
        offset, length = page.dataoffsets[number], page.databytecounts[number]
    with broken.open("r+b") as file:
        file.seek(offset)
        file.write(b"\x55" * length)
    events = events_of(broken, DiscMean(), turns=4, region=(0.0, 0.0, 480.0, 480.0))
    place, maps = started(events), maps_of(events)
    lost = np.isnan(maps).all(axis=0)
    assert (lost == (place.unreadable > 0)).all()
    assert lost[9, 9]
    assert not lost[0, 0]
    whole = maps_of(events_of(texture, DiscMean(), turns=4, region=(0.0, 0.0, 480.0, 480.0)))
    np.testing.assert_array_equal(maps[:, ~lost], whole[:, ~lost])


def test_cancelling_stops_between_batches(texture: Path) -> None:
    cancel = CancelToken()
    request = StabilityRequest("s", str(texture), ("p4m-densenet-m",), BEST, 32)
    told = []
    for event in stability(request, lambda _model: (DiscMean(), ()), cancel):
        told.append(event)
        if isinstance(event, StabilityTurn):
            cancel.cancel()
    assert isinstance(told[-1], StabilityCancelled)
    assert sum(isinstance(e, StabilityTurn) for e in told) < 8


def test_a_region_off_the_slide_or_too_large_is_one_sentence() -> None:
    grid = TileGrid(200, 200, 128.0, 128.0, 14)
    assert block_of(grid, RegionL0(130, 10, 126, 300)) == Tile(0, 1, 3, 1)
    assert block_of(grid, RegionL0(-500, -500, 600, 600)) == Tile(0, 0, 1, 1)
    for region in (RegionL0(30000, 0, 10, 10), RegionL0(0, 0, 0, 10), RegionL0(0, 0, float("nan"), 1)):
        with pytest.raises(EquiscopeError, match="region"):
            block_of(grid, region)
    with pytest.raises(EquiscopeError, match=str(MOST_CELLS)):
        block_of(grid, RegionL0(0, 0, 25600, 25600))


def test_one_turn_is_refused(texture: Path) -> None:
    with pytest.raises(EquiscopeError, match="angles"):
        events_of(texture, DiscMean(), turns=1)


@pytest.mark.realdata
def test_p4m_is_equal_over_the_group_on_a_real_region(shared_data: Path, plain: Path) -> None:
    slide = shared_data / "slides" / "node_and_carcinoma.tif"
    models = ("p4m-densenet-m", str(plain))
    events = events_of(slide, None, models=models, turns=4, region=(6000, 700, 1500, 1500))
    groups = {e.model: e.values for e in events if isinstance(e, StabilityGroup)}
    assert largest_difference(groups[0]) <= 1e-5
    assert largest_difference(groups[1]) > 1e-3
