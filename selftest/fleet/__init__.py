"""Many stations' reports become one repair plan."""
