"""Content: the reads, by subject."""
