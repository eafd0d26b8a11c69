"""线下实操 (practice): sessions at a place, signing in and out by rotating codes, lists of who was there.

Owns PracticeSession and its steps, Signature, PresenceList. Not: what a confirmed interval is worth (attendance).
"""
