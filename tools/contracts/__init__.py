"""Contracts of Azure's HTTP interfaces, and the check of what was really sent and answered against them.

One contract is derived from the installed SDKs; others are Microsoft's published documents, where they are at hand.
"""
