"""What Prometheus reads: the names that people know from controller-runtime, and ours about pools, images and Azure."""
