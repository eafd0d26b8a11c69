"""Real server processes for the tests: their own settings, a stage to play on, a server that is forked anew when killed."""
