"""Floor 1: what may be said. One table a call; parsing, rights and documentation are read off it."""
