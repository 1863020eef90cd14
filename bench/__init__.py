"""Measurements: each file is a command that prints a table; the last tables are in README.md here."""
