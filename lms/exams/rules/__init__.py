"""The rules of answering: what answers tell of questions. Pure."""
