"""Readouts of numbers: table and footer of metrics, mode weights, noise ladder, values under the cursor."""
