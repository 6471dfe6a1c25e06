"""One step below the engines: bytes on disk to an upright picture, and facts about it."""
