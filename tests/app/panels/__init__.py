"""Tests of app.panels."""
