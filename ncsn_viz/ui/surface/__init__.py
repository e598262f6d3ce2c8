"""The energy of a lane as a surface in three dimensions, rendered in software."""
