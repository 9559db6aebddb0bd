"""One file per device model; the file name is the driver name."""
