"""考勤与学时 (attendance): study sessions, beats, presence checks, the hours ledger.

Owns Seat, StudySession, Beat, HoursEntry. Not: whether a class is completed (completion).
"""
