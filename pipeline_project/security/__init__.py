"""What keeps secrets secret and refuses what is dangerous: one refusal per function."""
