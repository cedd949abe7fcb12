"""Reading running text without a model: labelled values, tables and totals, each with its confidence."""
