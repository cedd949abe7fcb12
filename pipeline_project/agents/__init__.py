"""Agents: the loop between a model and tools, journaled so that a crashed one goes on where it was."""
