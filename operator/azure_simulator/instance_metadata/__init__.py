"""The metadata endpoint of a machine (IMDS): tokens for its managed identities."""
