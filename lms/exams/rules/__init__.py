"""The rules of answering: how answers are marked, and what answers tell of questions. Pure."""
