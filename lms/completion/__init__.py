"""结业 (completion): when a lesson and a class are completed, and what is unlocked.

Owns the rules. Not: certificates.
"""
