"""Images → latents."""
