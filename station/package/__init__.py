"""The sealed package: what goes in, sealing, verifying, opening."""
