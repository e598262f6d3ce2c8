"""Curves over training steps: axes, lines, legend, and the card that holds them."""
