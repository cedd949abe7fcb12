"""How providers are reached: direct HTTP to OpenAI-compatible and Anthropic servers, litellm for the others.

A wire carries one request in the upstream's own words. Refuses to convert, to choose and to repeat.
"""
