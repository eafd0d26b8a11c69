"""Reads of appeals."""
