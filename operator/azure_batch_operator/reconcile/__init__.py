"""One turn per kind: observe, decide, act, account for it."""
