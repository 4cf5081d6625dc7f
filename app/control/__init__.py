"""Verbs: an intent comes in, work is started, state is changed."""
