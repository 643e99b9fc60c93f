"""A simulated day of hourly size changes: how often an image version is changed, and whether its replicas flap."""
