"""The Anthropic Messages wire: shapes and closed sets as pure values, without identity, storage or behaviour."""
