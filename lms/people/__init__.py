"""实名人员 (people): accounts, sign-in, real names, consent, person categories.

Owns User, Person, Consent, IdentityCase, RoleRequest. Not: rosters (classes).
"""
