"""The model card: what a model folder says of itself. Torch-free, so that the window and the engine can read it.

A model folder holds card.json, weights.safetensors (the group network) and model.onnx (the same function as plain
layers); one in 8 bits holds model.onnx alone. It is data, never code. The card is a superset of the WSInfer zoo's
configuration.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gcnn.errors import CardError
from gcnn.geometry import RECEPTIVE_FIELD, STRIDE

CARD_FILE = "card.json"
WEIGHTS_FILE = "weights.safetensors"
ONNX_FILE = "model.onnx"
FORMAT_VERSION = 1
"""Rises when a reader of today would misread a card of tomorrow."""


class InputTransform(BaseModel):
    """(colour * scale - mean) / std per RGB channel, colour 0..255."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.70, 0.54, 0.69)  # PCam's training patches
    std: tuple[float, float, float] = (0.24, 0.28, 0.22)


class ModelCard(BaseModel):
    """Everything a user or the engine must know of a model.

    Attributes:
        name: the folder's name and the word on the command line.
        network: the row of Table 1 in `gcnn.densenet.TABLE_1`.
        group: plain, p4 or p4m.
        precision: in which it is computed; an int8 model is one of float32 rounded, see `gcnn.quantise`.
        mpp: micrometres per pixel the network was trained at.
        receptive_field, stride: in pixels at that resolution.
        equivariance_tolerance: largest difference of probabilities over the group's elements that is still
            rounding, in that precision.
        training: data, number of patches, recipe, seed.
        metrics: per split.
        files: sha256 of each file of the folder but the card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    name: str
    title: str
    network: str
    group: str
    precision: Literal["float32", "int8"] = "float32"
    classes: tuple[str, ...] = ("normal", "tumour")
    mpp: float = 0.972
    receptive_field: int = RECEPTIVE_FIELD
    stride: int = STRIDE
    transform: InputTransform = InputTransform()
    equivariance_tolerance: float = 1e-5
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = Field(default_factory=dict)
    intended_use: str = (
        "Research on hematoxylin-eosin stained lymph-node sections at 10x. Not a medical device."
    )
    limits: str = (
        "Trained on breast-cancer metastases in lymph nodes of two centres. Other organs, stains, scanners and "
        "resolutions are outside its training; probabilities there mean little."
    )
    data_licence: str = "PatchCamelyon, Veeling et al. 2018, CC0"
    files: dict[str, str] = Field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The hash that names this model in results: that of the file its weights are in."""
        return self.files[self.required_files[0]]

    @property
    def required_files(self) -> tuple[str, ...]:
        """The files of its folder besides the card, that with the weights first."""
        return (WEIGHTS_FILE, ONNX_FILE) if self.precision == "float32" else (ONNX_FILE,)


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_card(folder: Path) -> ModelCard:
    """The card of a model folder, after checking the hash of every file it lists.

    Raises:
        CardError: no card, a card of another format, a missing or changed file.
    """
    path = folder / CARD_FILE
    try:
        card = ModelCard.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise CardError(f"{path} does not exist") from error
    except (OSError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise CardError(f"{path} cannot be read as a model card ({first})") from error
    if card.format_version != FORMAT_VERSION:
        raise CardError(
            f"{path} is of format {card.format_version}; this program reads format {FORMAT_VERSION}"
        )
    if (card.receptive_field, card.stride) != (RECEPTIVE_FIELD, STRIDE):
        raise CardError(
            f"{path} states another geometry than a field of {RECEPTIVE_FIELD} px with stride {STRIDE}"
        )
    for required in card.required_files:
        if required not in card.files:
            raise CardError(f"{path} lists no hash for {required}")
    for name, expected in card.files.items():
        file = folder / name
        if Path(name).name != name or not file.is_file():
            raise CardError(f"{file} is missing")
        if sha256_of(file) != expected:
            raise CardError(
                f"{file} does not have the sha256 its card states: the file was changed or damaged"
            )
    return card


def write_card(folder: Path, card: ModelCard) -> ModelCard:
    """Writes the card with the hashes of the weights and ONNX files that lie in the folder; returns it."""
    hashed = card.model_copy(update={"files": {n: sha256_of(folder / n) for n in card.required_files}})
    (folder / CARD_FILE).write_text(hashed.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return hashed
