"""Passages about concepts, with their provenance."""
