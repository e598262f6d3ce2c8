"""Training one network: optimiser, averaged weights, batches, evaluation points, history, CUDA graphs."""
