"""Where files arrive in parts: a local file, or an S3-compatible bucket that browsers send to themselves."""
