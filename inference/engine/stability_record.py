"""From the engine's events to the maps of a region: shared by command line, window and experiments."""

from __future__ import annotations

from inference.engine.messages import ScanStage
from inference.engine.stability_messages import (
    StabilityDone,
    StabilityEvent,
    StabilityGroup,
    StabilityStarted,
    StabilityTurn,
)
from inference.results.stability_maps import StabilityMaps, StabilityModel
from inference.slides.frames import Mpp


def empty_maps(started: StabilityStarted) -> StabilityMaps:
    """The maps of a request that has just begun."""
    return StabilityMaps(
        tuple(StabilityModel(*each) for each in started.models),
        fingerprint=started.fingerprint,
        mpp=Mpp(started.mpp_x, started.mpp_y),
        mpp_source=started.mpp_source,
        row=started.row,
        column=started.column,
        stride_x_l0=started.stride_x_l0,
        stride_y_l0=started.stride_y_l0,
        turns=started.turns,
        exact=started.exact,
        beyond=started.beyond > 0,
        unreadable=started.unreadable > 0,
        notices=started.notices,
    )


def take(maps: StabilityMaps, event: ScanStage | StabilityEvent) -> bool:
    """Writes what an event tells into the maps of its request; whether it told anything.

    Raises ValueError for an event that does not belong to these maps.
    """
    match event:
        case StabilityTurn():
            maps.models[event.model].put_turn(event.turn, event.values)
        case StabilityGroup():
            maps.models[event.model].group = event.values
        case StabilityDone():
            for each, seconds, spread in zip(maps.models, event.seconds, event.interpolation, strict=True):
                each.seconds, each.interpolation = seconds, spread
            maps.pixel_error = event.pixel_error
        case _:
            return False
    return True
