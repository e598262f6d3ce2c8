"""What all plots of pyqtgraph have in common: colours of the theme, numbers at the axes, context menu, export.

pyqtgraph takes a quarter of a second to import: that is left to this room, `curves` and `plots`, which are imported
after the first paint.

Other rooms use nothing yet.
"""
