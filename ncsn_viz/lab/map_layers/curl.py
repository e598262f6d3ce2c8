"""The curl ∂₁s₂ − ∂₂s₁ of the score, by central differences."""

from ncsn_viz.core.analysis import calculus
from ncsn_viz.lab.map_layers.base import MapLayer

CURL = MapLayer(
    name="curl", title="Curl", caption="curl s", key="9", norm="signed_sqrt", gradient_share=True,
    compute=lambda inputs: calculus.divergence_and_curl(inputs.field.score, inputs.region)[1],
    help="∂₁s₂ − ∂₂s₁: 0 everywhere for a gradient; what is left is no score of anything.",
)  # fmt: skip
