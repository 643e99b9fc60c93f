"""Developer tooling: what builds, starts, shows and measures the project; never part of the wheel."""
