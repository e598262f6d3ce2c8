"""figure.png of a sweep: its most telling measures, without a window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

from ncsn_viz.lab.sweep.panels import SweepPanel
from ncsn_viz.ui.charts import offscreen
from ncsn_viz.ui.sweep.chart import SweepChart
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label

MOST_PANELS = 6
COLUMNS = 3
SIZE = (640, 460)  # pixels of a panel …
ROW = 20  # … and of each row of a heat map


def as_png(panels: Sequence[SweepPanel], caption: str) -> bytes:
    """The panels side by side under a caption, as a PNG file. Raises RuntimeError if Qt cannot make one."""
    offscreen.application()
    figure = QWidget()
    layout = QGridLayout(figure)
    layout.setSpacing(theme.PAD)
    layout.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)  # Qt complains of hints without a screen
    columns = min(COLUMNS, len(panels))
    layout.addWidget(theme.styled(Label(caption), "soft"), 0, 0, 1, max(1, columns))
    for index, panel in enumerate(panels):
        chart = SweepChart()
        chart.show_panel(panel)
        layout.addWidget(chart, 1 + index // columns, index % columns)
    rows = -(-len(panels) // max(1, columns))
    height = max([SIZE[1], *(ROW * len(panel.lines) for panel in panels if panel.heat_map)])
    figure.resize(SIZE[0] * columns, height * rows + 40)
    figure.show()
    return offscreen.as_png(figure)
