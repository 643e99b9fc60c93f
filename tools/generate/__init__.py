"""Generates what follows from the Azure SDK and from the API models: the pool's body as models, and the CRDs."""
