"""The providers, one file each, over one contract. Refuses to know which one is best."""
