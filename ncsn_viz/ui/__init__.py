"""The window: shows Snapshots, edits the Spec."""
