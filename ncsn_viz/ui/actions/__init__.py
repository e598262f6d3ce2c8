"""The toolbar, and edits: functions from Spec to Spec."""
