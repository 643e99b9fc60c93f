"""A server that behaves like the parts of Azure that image galleries and Batch pools need."""
