"""Microsoft.Batch in Resource Manager: Batch accounts and what their location allows."""
