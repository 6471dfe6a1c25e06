"""How good the detectors are, as a number: `make eval`."""
