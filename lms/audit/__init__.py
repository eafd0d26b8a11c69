"""操作日志 (audit): who did what, when, why; append-only.

Owns AuditEntry. Not: hours and money ledgers (attendance, subsidy).
"""
