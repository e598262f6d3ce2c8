"""What all plots of pyqtgraph have in common: colours of the theme, numbers at the axes, context menu, export; cards.

pyqtgraph takes a quarter of a second to import: `card` does so when there is something to draw, after the first paint.

Other rooms use `axis`, `card`, `chart`, `export`, `offscreen`.
"""
