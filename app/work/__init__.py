"""Work that must not run on the GUI thread."""
