"""The deeds of the catalogues: the classification, what the office publishes, what people want to learn."""
