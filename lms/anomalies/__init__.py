"""异常线索 (anomalies): what looks odd in study records, the cases made of it, how they end and what follows.

Owns AnomalyPolicy, AnomalyCase, AnomalyFlag, CaseStep, Measure. Not: hours (attendance), approval of classes (classes).
"""
