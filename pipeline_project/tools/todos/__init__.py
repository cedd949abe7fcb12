"""The list of what a session has to do: as a whole (TodoRead, TodoWrite) or task by task (TaskCreate and its kin).

Both look at one store. Refuses statuses and references that nobody could act on.
"""
