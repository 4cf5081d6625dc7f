"""Equivariant layers, written once over a point group."""
