"""Floor 3: what is in a picture. Pixels in, findings out."""
