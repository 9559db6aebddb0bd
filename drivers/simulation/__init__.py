"""A reproducible virtual resident and how each sensor would see it."""
