"""Computations on fields: values on grids, derivatives and integrals, likelihoods, metrics against the truth."""
