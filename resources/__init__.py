"""Files shipped with the program: icons and models."""
