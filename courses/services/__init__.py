"""Content: the deeds. Course pages are saved by Wagtail; all else that changes content is here, by subject."""
