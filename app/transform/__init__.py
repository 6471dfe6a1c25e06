"""Engines that turn a picture and steps into another picture."""
