"""Kubernetes: the only room that imports kopf and kubernetes."""
