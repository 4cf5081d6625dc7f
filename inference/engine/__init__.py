"""The model at work: predictors, scans and the process that serves them."""
