"""Rules that foresee what will fail, diagnoses of what has failed, and remedies."""
