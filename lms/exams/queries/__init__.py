"""Reads of answers, by subject."""
