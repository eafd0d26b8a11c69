"""人脸核验 (faces): whether two faces are one person's, and whether the asked moves were made.

Owns the rules, the gateway, the separate consent, reference faces and checks.
Not: real names (people), checks during study (attendance).
"""
