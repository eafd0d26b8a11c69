"""Doors of content, by who comes through them."""
