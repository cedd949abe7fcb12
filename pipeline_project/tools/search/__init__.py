"""Glob and Grep: finding files and lines in the workspace, by ripgrep."""
