"""The JSON bodies of the Batch service, after its official 2024-07-01.20.0 and 2025-06-01 documents."""
