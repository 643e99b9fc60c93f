"""Custom resources in files: read with their places, and judged by every rule that needs no cluster."""
