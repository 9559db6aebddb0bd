"""What the depot's test cards show: contrast, resolution, geometry, linearity. Arrays in."""
