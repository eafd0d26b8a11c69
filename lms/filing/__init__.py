"""备案 (filing): which institutions and enterprises may train, on what papers, and what the office did about them.

Owns Filing, FilingApplication and its rows, FilingStep, Agreement, Evaluation. Not: the units themselves (organisations).
"""
