"""Checks of the networks: their derivatives, and how the noise level scales them."""

from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.networks import gradients, preconditioning

CHECKS: tuple[Check, ...] = (gradients.GRADIENT, gradients.TANGENTS, preconditioning.PRECONDITIONING)

__all__ = ["CHECKS"]
