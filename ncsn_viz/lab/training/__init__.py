"""Training one network: optimiser, averaged weights, batches, evaluation points, history, CUDA graphs.

Other rooms use `batches`, `curves`, `evaluation_set`, `graph_runner`, `history`, `trainer`.
"""
