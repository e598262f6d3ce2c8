"""The figures of the bench that need no window; each compares with something measured in the same run."""
