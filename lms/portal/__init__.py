"""门户 (portal): screens by audience: public, learner, provider, authority. Owns no table. Not: rules."""
