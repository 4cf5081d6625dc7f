"""Helpers of the tests: makers of small real files and fakes of the protocols."""
