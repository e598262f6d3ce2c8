"""The distance from the true score, ‖s − s*‖."""

from ncsn_viz.lab.map_layers.base import MapLayer, required

ERROR = MapLayer(
    name="error", title="Error", caption="‖s − s*‖", key="6", norm="log", needs_truth=True,
    compute=lambda inputs: inputs.field.distance(required(inputs.truth)),
    help="‖s − s*‖: how far the field is from the true score, in logarithm.",
)  # fmt: skip
