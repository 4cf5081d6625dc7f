"""What can go wrong with a run, a card or a data folder, in a sentence for the user."""

from __future__ import annotations


class GcnnError(Exception):
    """Base of this package's errors; the message says what, where and what to do."""


class CardError(GcnnError):
    """A model folder that is incomplete, damaged or of another format."""


class PcamError(GcnnError):
    """A data folder that is not in PCam's layout."""


class TrainingError(GcnnError):
    """A run that cannot start or go on."""


class QuantisationError(GcnnError):
    """A model in 8 bits that is not good enough to be kept."""
