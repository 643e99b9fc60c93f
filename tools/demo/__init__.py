"""The main job for a person to watch: an image and its pool, from nothing to 3,000 nodes and back."""
