"""Tests of app.control."""
