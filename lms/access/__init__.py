"""权限 (access): roles, grants, actors, require(). Owns Grant. Not: who a person is (people), units (organisations)."""
