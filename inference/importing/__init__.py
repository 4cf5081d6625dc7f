"""Annotation files of other programs: read tolerantly, with a line for everything that was left out."""
