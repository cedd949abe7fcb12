"""Files of a workspace as a model reads and changes them: Read, Write, Edit, MultiEdit, LS.

Every path is opened and replaced through `security.paths`. Refuses to change what the session has not read, or what
somebody else has changed since.
"""
