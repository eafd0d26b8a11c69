"""内核 (kernel): clock, errors, ids, sealed fields and files, jobs, realtime, sheets.

No domain of its own; imports nothing of ours.
"""
