"""Reads of practice at a place. Constant query counts."""
