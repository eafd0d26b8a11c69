"""The rules of content: when a course is fit to be submitted, how a film becomes a ladder. Pure."""
