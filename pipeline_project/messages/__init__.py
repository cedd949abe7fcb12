"""The Anthropic Messages wire: shapes and closed sets as pure values, and how large they are in tokens."""
