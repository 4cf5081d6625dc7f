"""Which models there are to choose from, and which one is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.state.value_state import ValueState


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model as the window needs it: what the engine is asked for, and what the user reads.

    Attributes:
        name: name of a shipped model or path of a model folder.
        title: as its card says.
        mpp: micrometres per pixel it was trained at.
        note: what to know before choosing it, a sentence; "" for nothing.
    """

    name: str
    title: str
    mpp: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Models:
    """The models on offer; `chosen` is the name of one of them, or None where there is none."""

    choices: tuple[ModelChoice, ...] = ()
    chosen: str | None = None

    @property
    def choice(self) -> ModelChoice | None:
        """The chosen model."""
        return next((each for each in self.choices if each.name == self.chosen), None)

    def title_of(self, name: str, known: str = "") -> str:
        """The title of a model by its name, all that a case keeps; of one not on offer the one known, or the name."""
        return next((each.title for each in self.choices if each.name == name), known or name)


class ModelsState(ValueState[Models]):
    """The models of the window."""

    def __init__(self) -> None:
        super().__init__(Models())

    def offer(self, choices: tuple[ModelChoice, ...], *, prefer: str | None = None) -> None:
        """Sets the models on offer and chooses the preferred one, else the first."""
        names = [each.name for each in choices]
        chosen = prefer if prefer in names else next(iter(names), None)
        self.set(Models(choices, chosen))

    def choose(self, name: str) -> None:
        """Chooses a model on offer; an unknown name raises KeyError."""
        if name not in [each.name for each in self.value.choices]:
            raise KeyError(name)
        self.set(replace(self.value, chosen=name))
