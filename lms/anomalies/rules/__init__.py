"""Pure rules of anomalies, by subject."""
