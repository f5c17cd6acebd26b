"""Held-out scores, controls and hierarchy → what may be claimed of each concept."""
