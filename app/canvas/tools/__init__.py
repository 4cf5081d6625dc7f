"""What the left button does on the slide besides moving it."""
