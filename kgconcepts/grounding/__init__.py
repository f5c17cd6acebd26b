"""Latents, evidence and hierarchy → a direction for every concept."""
