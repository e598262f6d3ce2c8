"""The running experiment: engine, lanes, schedule of training steps, and what becomes of errors.

Other rooms use `device`, `engine`, `lane`.
"""
