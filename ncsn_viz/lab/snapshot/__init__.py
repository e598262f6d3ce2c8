"""The Snapshot: everything that a view may draw, immutable and whole."""
