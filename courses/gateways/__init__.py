"""The doors to outside programs and systems."""
