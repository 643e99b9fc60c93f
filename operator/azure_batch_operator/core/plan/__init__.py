"""The next step towards what is wanted, chosen without touching anything."""
