"""Drawing the slide and what lies on it."""
