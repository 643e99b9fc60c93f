"""Resource Manager itself: tenants, subscriptions, groups, providers, roles and tags."""
