"""The `cld-fashion` detector: data, training, export."""
