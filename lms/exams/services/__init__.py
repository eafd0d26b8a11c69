"""Answering: the deeds, by subject."""
