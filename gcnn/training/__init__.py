"""Fitting a network: configuration, loop, checkpoints."""
