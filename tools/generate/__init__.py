"""Generates what follows from the Azure SDK, the API models and the chart: pool bodies as models, CRDs, manifests."""
