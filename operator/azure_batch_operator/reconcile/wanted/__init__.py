"""Custom resources, parsed: from the models of the API to what the planners read."""
