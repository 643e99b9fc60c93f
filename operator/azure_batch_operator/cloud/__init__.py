"""Azure: the only room that imports its SDKs; it begins operations and never waits for them."""
