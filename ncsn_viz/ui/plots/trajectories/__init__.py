"""Layers of trajectories from noise to data, and of the data that pull at the cursor."""
