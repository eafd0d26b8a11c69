"""学时申诉 (appeals): what a learner says against time that a failed check withheld, and how two people decide it.

Owns HoursAppeal, AppealStep. Not: the hours (attendance), appeals against the outcome of a case (anomalies).
"""
