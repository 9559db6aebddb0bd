"""Set-up of a machine: packages, models, units."""
