"""The running experiment: specs, lanes, the engine and its thread. Mutable, still without Qt."""
