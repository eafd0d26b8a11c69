"""Speed, as work per CPU-second beside the bare limit of the same machine in the same run (see docs/operations.md)."""
