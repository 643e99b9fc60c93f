"""Keeps Azure Batch pools, and the gallery images they boot from, as Kubernetes resources describe them."""
