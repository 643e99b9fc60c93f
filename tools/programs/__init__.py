"""Programs of others that tests and the demo run, built from pinned Go modules and shared by all clones."""
