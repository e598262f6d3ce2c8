"""The distance from the true score, weighted by the true density."""

from ncsn_viz.lab.map_layers.base import MapLayer, required

WEIGHTED_ERROR = MapLayer(
    name="weighted_error", title="Error at the data", caption="‖s − s*‖ · p/max p", key="7", norm="log",
    needs_truth=True,
    compute=lambda inputs: inputs.field.distance(required(inputs.truth)) * required(inputs.truth).density(),
    help="‖s − s*‖ times the true density over its peak.",
)  # fmt: skip
