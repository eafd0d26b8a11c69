"""班级 (classes): training classes, rosters, enrolments.

Owns TrainingClass, RosterRow, Enrolment. Not: hours (attendance), results (exams).
"""
