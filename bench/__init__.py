"""Measurements: `python -m bench NAME [--size N]`. Never part of the test suite."""
