"""Writing `truth/`."""
