"""The proof: a dialog that runs the checks with known results.

Other rooms use `launcher`.
"""
