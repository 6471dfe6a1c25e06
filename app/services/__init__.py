"""Floor 4: one file per use case; transactions live here."""
