"""The distance of the scores of two fields, ‖s − s′‖."""

from ncsn_viz.lab.map_layers.base import MapLayer, required

SCORE_DIFFERENCE = MapLayer(
    name="score_difference", title="Score difference", caption="‖s − s′‖", key="Shift+6", norm="log", needs_other=True,
    compute=lambda inputs: inputs.field.distance(required(inputs.other)),
    help="‖s − s′‖, in logarithm: how far the fields of two lanes are apart. From the truth that is the map “Error”: "
         "choose a lane under “Differences subtract”.",
)  # fmt: skip
