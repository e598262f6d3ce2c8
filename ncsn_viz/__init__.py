"""ncsn-viz: see how a score is learned."""

__version__ = "0.1.0"
