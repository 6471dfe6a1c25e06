"""Listings and searches over a million assets, against the bare statement through the same driver."""
