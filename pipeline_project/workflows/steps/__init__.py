"""The step types, one executor per file; `registry` maps a type's name to it."""
