"""Patches: reading PCam and augmenting batches."""
