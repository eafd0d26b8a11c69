"""培训项目与政策 (planning): programmes, funding categories, study policies.

Owns Programme, FundingCategory, StudyPolicy. Not: how a policy is applied to beats (attendance).
"""
