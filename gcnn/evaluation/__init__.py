"""Measuring a network: metrics and equivariance."""
