"""The network's first stage computed in strips of rows, so that its maps stay in a core's cache.

At full resolution the first stage writes and reads maps of tens of megabytes a tile, several times over, for a few
arithmetic operations on each value. Cut into strips of a few rows, each goes through all of the stage before the next
one begins. Every value is made of the same numbers as before.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inference.engine.openvino_offline import opset13, ov

FIRST_END = "end1"
"""The node of our ONNX files that ends the first stage."""
FIELD = 4
"""Input rows of the first stage beyond two for each row that comes out: two 3x3 convs, then a pool by two."""
LEAST_ROWS = 8
"""Rows of a strip as they come out: fewer would compute the rows shared by two strips too often."""
MOST_STRIPS = 32
"""Nodes of the graph, and with them the time to compile it, grow with the strips."""
SMALL = 64
"""Rows out up to which all of the stage's maps fit a cache as they are."""


def in_strips(
    model: ov.Model, height: int, width: int, prepared: Callable[[ov.Model, int, int], ov.Model]
) -> ov.Model:
    """A model for images of one size, its first stage in strips where that pays.

    Args:
        model: one of our ONNX files as read; it is taken apart.
        prepared: makes a model take colours, (1, height, width, 3) uint8, for a height and width.
    """
    end = next((node for node in model.get_ops() if node.get_friendly_name() == FIRST_END), None)
    rows_out = (height - FIELD) // 2
    if end is None or rows_out <= SMALL:
        return prepared(model, height, width)
    first = ov.Model([end.output(0)], model.get_parameters())
    colours = opset13.parameter([1, height, width, 3], ov.Type.u8)
    rows = max(LEAST_ROWS, -(-rows_out // MOST_STRIPS))
    parts = []
    for top in range(0, rows_out, rows):
        high = 2 * min(rows, rows_out - top) + FIELD
        strip = prepared(first.clone(), high, width)
        seen = opset13.slice(
            colours, np.array([2 * top]), np.array([2 * top + high]), np.array([1]), np.array([1])
        )
        for reader in strip.get_parameters()[0].output(0).get_target_inputs():
            reader.replace_source_output(seen.output(0))
        parts.append(strip.get_results()[0].input_value(0))
    whole = opset13.concat(parts, 2).output(0)
    # The reader that is no part of the network is the one that `first` has added.
    for reader in end.output(0).get_target_inputs():
        if reader.get_node().get_type_name() != "Result":
            reader.replace_source_output(whole)
    return ov.Model([model.get_results()[0].input_value(0)], [colours])
