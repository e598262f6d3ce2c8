"""Views: each draws its part of a Snapshot and knows nothing else."""
