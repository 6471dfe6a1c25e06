"""Engines that turn an expression into one query."""
