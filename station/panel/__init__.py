"""The operator's control panel in the browser."""
