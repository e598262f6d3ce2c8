"""Sweeps: many runs of one experiment with other values of its knobs, on Dask distributed.

Other rooms use `cluster`, `driver`, `estimate`, `folder`, `outcome`, `panels`, `planning`, `summary`,
`sweep_file`, `values`, `versions`.
"""
