"""Arrays in, arrays out: capture checks, templates and comparison. No files, clocks or devices."""
