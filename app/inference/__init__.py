"""Floor 2: twins of the inference port."""
