"""How the product says what it does: logging set-up."""
