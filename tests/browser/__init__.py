"""The console as people use it: a real browser against a live server with the real models."""
