"""The errors a user may meet: each says what went wrong, where, and what to do."""

from __future__ import annotations

from typing import ClassVar


class EquiscopeError(Exception):
    """An error with a sentence for the user.

    Attributes:
        what: what went wrong, without a full stop.
        where: the file, model or tile concerned; empty if it has no place.
        advice: what the user can do about it; empty if nothing.
    """

    exit_code: ClassVar[int] = 1
    """Exit code of the command line: 2 usage, 3 a slide that cannot be read, 4 no tissue, 1 the rest."""

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        self.what = what
        self.where = where
        self.advice = advice
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole message on one line: what, where, advice."""
        place = f": {self.where}" if self.where else ""
        advice = f". {self.advice.rstrip('.')}" if self.advice else ""
        return f"{self.what}{place}{advice}."


class SlideError(EquiscopeError):
    """A slide that cannot be opened or read."""

    exit_code = 3


class PyramidWantedError(SlideError):
    """An image too large to be read as a whole, for which no pyramid has been built yet."""


class BuildCancelledError(SlideError):
    """The building of a pyramid was given up by the user; nothing is left of it."""


class MissingMppError(SlideError):
    """A slide whose file states no usable resolution: it must be given, never guessed."""


class UnreadableTileError(SlideError):
    """One place of an otherwise readable slide that cannot be decoded."""


class SlideGoneError(SlideError):
    """A slide that was open and can no longer be reached as a whole: its file or drive has vanished."""


class NoTissueError(EquiscopeError):
    """A slide on which the tissue rule leaves nothing to compute."""

    exit_code = 4


class ModelError(EquiscopeError):
    """A model that is missing, damaged or not usable here."""

    exit_code = 2


class EngineError(EquiscopeError):
    """The engine process or its device failed."""


class ExportError(EquiscopeError):
    """A file that could not be written."""


class CaseFileError(EquiscopeError):
    """A case file that is not ours, newer than the program, or damaged."""


class OtherJournalError(CaseFileError):
    """An edit that does not follow on the edits in the case file: somebody else wrote there."""


class LackingCaseError(OtherJournalError):
    """A case file that lacks what was kept in it: it was moved away or replaced, and may be put back."""


class AnnotationError(EquiscopeError):
    """An annotation file that cannot be read, or a drawing that makes no annotation."""
