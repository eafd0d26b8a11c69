"""单位 (organisations): institutions, enterprises, departments, administrative divisions.

Owns Organisation, Division. Not: who may do what (access).
"""
