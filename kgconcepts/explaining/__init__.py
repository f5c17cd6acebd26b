"""Groundings → explanations."""
