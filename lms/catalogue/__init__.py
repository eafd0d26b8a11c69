"""职业目录 (catalogue): occupations, trades, skill levels of the 大典.

Owns Occupation, Trade, KeyIndustry, the published catalogues (CatalogueEntry) and the registered demand (TrainingDemand).
Not: courses (courses).
"""
