"""A simulated week of pools that are resized at random, while quotas change, nodes are taken back and others meddle."""
