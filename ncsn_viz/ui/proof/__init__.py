"""The dialog that runs the checks with known answers."""
