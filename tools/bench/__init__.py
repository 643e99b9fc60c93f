"""Measures the operator with 1, 100 and 1,000 BatchPools in 10 accounts; prints what it saw and judges nothing."""
