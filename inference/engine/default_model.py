"""The model where none is asked for; apart, so that naming it loads nothing."""

DEFAULT_MODEL = "p4m-densenet-m"
"""Fast enough without a GPU, and the best that is shipped."""
