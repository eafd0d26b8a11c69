"""Screens of the office, the departments and the auditors (监管端)."""
