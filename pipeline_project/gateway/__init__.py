"""The message pipeline: check, map, convert, call, convert back; one message or a batch. Refuses to know workflows."""
