"""Reads of live lessons."""
