"""Jupyter notebooks by cells: NotebookRead and NotebookEdit; what Read shows of one comes from here too.

Refuses to leave a file that nbformat would not accept.
"""
