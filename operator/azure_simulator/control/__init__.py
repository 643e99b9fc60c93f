"""The simulator's own API: its clock, faults, journal and state."""
