"""What holds of live lessons, whoever asks."""
