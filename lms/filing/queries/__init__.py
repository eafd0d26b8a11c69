"""Reads of filings: how units stand, what waits, what a file holds."""
