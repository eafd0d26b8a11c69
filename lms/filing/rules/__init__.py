"""What a filing says: its life, its numbers, what it lacks, what may be opened, how a year is judged. Pure."""
