"""Tests of app/transform."""
