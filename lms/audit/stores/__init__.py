"""Statements written by hand: those of the sequencer, and what reads a database or a dump for the verifier."""
