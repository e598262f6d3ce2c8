"""The exact density of weights on a lattice: one Gaussian a cell, all with one bandwidth."""
