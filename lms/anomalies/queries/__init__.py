"""Reads of anomalies, by subject."""
