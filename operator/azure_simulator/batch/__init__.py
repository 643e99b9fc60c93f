"""The data plane of Batch accounts: pools, their nodes, node counts and supported images."""
