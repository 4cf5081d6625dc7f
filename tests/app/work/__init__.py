"""Tests of app.work."""
