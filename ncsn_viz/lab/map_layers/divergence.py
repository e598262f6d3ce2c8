"""The divergence ∂₁s₁ + ∂₂s₂ of the score, by central differences."""

from ncsn_viz.core.analysis import calculus
from ncsn_viz.lab.map_layers.base import MapLayer

DIVERGENCE = MapLayer(
    name="divergence", title="Divergence", caption="∇·s", key="8", norm="signed_sqrt",
    compute=lambda inputs: calculus.divergence_and_curl(inputs.field.score, inputs.region)[0],
    help="∇·s = ∂₁s₁ + ∂₂s₂: negative where arrows run together.",
)  # fmt: skip
