"""The repair report in other forms."""
