"""Floor 2: the database, its tables and every query on them."""
