"""From slides to heatmaps, candidates and exports; no Qt, usable without a screen."""
