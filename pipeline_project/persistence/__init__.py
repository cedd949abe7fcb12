"""The store: one JSON codec, the tables, their migrations and the engine that reads and writes them."""
