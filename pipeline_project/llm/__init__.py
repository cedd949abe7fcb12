"""Models: one client over every provider, the table of models, keys, budgets, costs; and the offline model that ships.

Speaks Anthropic's Messages shapes. The doors are `client` (complete, stream), `routing` (choose), `keys`, `cost`,
`budgets`, `factory` and, for Dagster, `resources`; nothing is imported here, because loading a code location pays for
it. Refuses to know who asks.
"""
