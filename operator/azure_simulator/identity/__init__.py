"""Microsoft Entra ID: metadata, keys, and tokens for applications."""
