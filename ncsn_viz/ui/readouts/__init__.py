"""Numbers: table, footer, mode weights, noise ladder, values under the cursor."""
