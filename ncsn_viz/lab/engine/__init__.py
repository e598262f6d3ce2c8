"""The running experiment: engine, lanes, schedule of training steps; the headless run and its results.

Other rooms use `device`, `engine`, `headless`, `lane`.
"""
