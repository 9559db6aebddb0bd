"""What SMART data say: pure functions from smartctl's JSON to numbers; nothing here judges."""
