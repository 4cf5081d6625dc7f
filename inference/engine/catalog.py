"""Which models there are and where: the shipped ones by name, any other model folder by path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import resources
from gcnn.card import ModelCard, read_card
from gcnn.errors import CardError
from inference.engine.default_model import DEFAULT_MODEL
from inference.errors import ModelError

MODELS_FOLDER = Path(resources.__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A checked model folder."""

    folder: Path
    card: ModelCard


def shipped_models() -> tuple[ModelEntry, ...]:
    """The models that came with the program, the default first, the others by name; ModelError for a damaged one."""
    folders = [path.parent for path in MODELS_FOLDER.glob("*/card.json")]
    folders.sort(key=lambda folder: (folder.name != DEFAULT_MODEL, folder.name))
    return tuple(_entry(folder) for folder in folders)


def find_model(name_or_folder: str) -> ModelEntry:
    """The model of a name ("p4m-densenet-m") or of a folder's path, its files checked against the card's hashes.

    Raises:
        ModelError: unknown name, no folder, no card, or a file that does not match its hash.
    """
    shipped = MODELS_FOLDER / name_or_folder
    if Path(name_or_folder).name == name_or_folder and (shipped / "card.json").is_file():
        return _entry(shipped)
    folder = Path(name_or_folder)
    if not folder.is_dir():
        names = ", ".join(path.parent.name for path in sorted(MODELS_FOLDER.glob("*/card.json"))) or "none"
        raise ModelError(
            "No such model",
            where=name_or_folder,
            advice=f"Shipped models: {names}; or give a model folder's path",
        )
    return _entry(folder)


def _entry(folder: Path) -> ModelEntry:
    try:
        return ModelEntry(folder, read_card(folder))
    except CardError as error:
        raise ModelError(
            "The model folder is not intact",
            where=str(error),
            advice="Reinstall the program or fetch the model again; a model whose hash differs is never run",
        ) from error
