"""Who may do what: one decision before every action, its rule recorded, a person asked where a rule says so."""
