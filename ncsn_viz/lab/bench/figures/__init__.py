"""The figures that need no window."""
