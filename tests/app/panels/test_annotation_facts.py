"""Measurements in words: sums and means over cells, and rotation stability or why there is none."""

from __future__ import annotations

from app.panels.annotation_facts import facts_text

ONE = {
    "Area µm^2": 1e6,
    "Perimeter µm": 4000.0,
    "Heatmap cells": 30.0,
    "Probability mean": 0.9,
    "Probability max": 0.99,
    "Share above threshold": 1.0,
}
TURNED = {"Rotation cells": 30.0, "Rotation std mean": 0.02, "Rotation share flipping": 0.1}
TWO = {
    "Heatmap cells": 10.0,
    "Probability mean": 0.5,
    "Probability max": 0.5,
    "Share above threshold": 0.0,
    "Rotation cells": 10.0,
    "Rotation std mean": 0.1,
    "Rotation share flipping": 0.5,
}


def test_one_without_rotation_stability_says_so() -> None:
    lines = facts_text([ONE], rotation="not computed").split("\n")
    assert lines[0].startswith("Area 1.00 mm²") and "perimeter" in lines[0]
    assert lines[1] == "Probability mean 0.90, highest 0.99; 100 % of 30 cells at or above the threshold"
    assert lines[2] == "Rotation stability: not computed"


def test_of_several_the_means_are_over_all_cells() -> None:
    text = facts_text([ONE | TURNED, TWO], rotation="8 angles")
    assert text.startswith("2 annotations: ")
    assert "Probability mean 0.80" in text
    assert (
        "Rotation stability (8 angles): standard deviation 0.040; 20 % of 40 cells flip across the threshold"
        in text
    )


def test_blocks_of_earlier_versions_tell_no_flips() -> None:
    turned = {name: value for name, value in TURNED.items() if name != "Rotation share flipping"}
    assert "flip" not in facts_text([ONE | turned, TWO], rotation="8 angles")


def test_what_lies_off_the_heatmap_has_its_size_only() -> None:
    assert facts_text([{"Length µm": 50.0, "Heatmap cells": 0.0}], rotation="not computed") == "Length 50 µm"
    assert facts_text([{}], rotation="not computed") == ""
