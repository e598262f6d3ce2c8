"""The painted target: strokes, shapes, texts, images and points, rasterised into weights on a lattice."""
