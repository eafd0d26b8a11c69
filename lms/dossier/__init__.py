"""档案 (dossier): read-only compositions over all stages that pages and API share.

Owns nothing. Not: any deed but exports.
"""
