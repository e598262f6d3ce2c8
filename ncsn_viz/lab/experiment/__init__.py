"""The Spec: what the user chose, immutable and whole. Its parts have files of their own."""
