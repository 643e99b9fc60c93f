"""Microsoft.ManagedIdentity: user-assigned identities, which pools and other resources may have."""
