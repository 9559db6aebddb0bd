"""One file per page of the panel."""
