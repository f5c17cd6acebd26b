"""Passages and hierarchy → vectors."""
