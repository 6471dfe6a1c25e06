"""Floor 5: the only floor that knows HTTP."""
