"""Reading slides: frames, readers, tissue and the cell grid; knows nothing of models."""
