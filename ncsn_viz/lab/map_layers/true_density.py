"""The true density p_σ* over its peak in the view."""

from ncsn_viz.lab.map_layers.base import MapLayer, required

TRUE_DENSITY = MapLayer(
    name="true_density", title="True density", caption="p* / max p*", key="Shift+1", norm="power", needs_truth=True,
    compute=lambda inputs: required(inputs.truth).density(),
    help="The true p_σ at the lane's noise level, its peak 1, to the power 0.6: of a preset exact, of a painting at "
         "the centres of its cells, interpolated between.",
)  # fmt: skip
