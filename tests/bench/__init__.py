"""Measurements: what the app and the recorder cost."""
