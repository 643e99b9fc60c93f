"""BatchPools from pools that exist: the JSON of `az batch pool show`, of a create call, or of Microsoft's examples."""
