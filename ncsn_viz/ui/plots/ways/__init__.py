"""Layers of ways from noise to data, and of the data that pull at the cursor."""
