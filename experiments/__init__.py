"""The paper's experiments and the project's own measurements, as commands."""
