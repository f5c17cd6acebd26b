"""The dictionary as files for others."""
