"""Floor 2: twins of the storage port."""
