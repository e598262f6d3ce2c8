"""Images of lanes as files."""
