"""The target: canvas and tools, presets, import of images and points.

Other rooms use `canvas`, `importer`, `panel`.
"""
