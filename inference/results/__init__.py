"""What a scan yields: heatmap, candidates, regions, and the case file that keeps them."""
