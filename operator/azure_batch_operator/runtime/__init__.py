"""The loop itself: store, queue, gate and budgets. It knows neither Azure nor Kubernetes."""
