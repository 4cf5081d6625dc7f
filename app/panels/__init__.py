"""Dumb widgets: each shows one state object and emits intents."""
