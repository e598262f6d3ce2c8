"""Pictures of lanes as files."""
