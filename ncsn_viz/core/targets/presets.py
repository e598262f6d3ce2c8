"""Presets: well-known shapes in the window [−8, 8]², each a mixture of at most a few hundred Gaussians."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.knobs import Integer, Real, knob
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.mixture import Components, GaussianTarget

WIDTH = Real(
    low=0.02, high=2, log=True, label="Width", symbol="s",
    help="Standard deviation of every Gaussian: how thick the shape is. Small: steep scores, which want small noise "
         "and small steps. Large: the shape blurs into one cloud.",
)  # fmt: skip


def _shape(curves: list[Array], width: float, weights: list[float] | None = None) -> Components:
    """One mode for each curve, with Gaussians of equal weight at its points (k, 2)."""
    weights = weights or [1.0 / len(curves)] * len(curves)
    each = [np.full(len(curve), weight / len(curve)) for curve, weight in zip(curves, weights, strict=True)]
    modes = np.repeat(np.arange(len(curves)), [len(curve) for curve in curves])
    return Components(np.concatenate(each), np.concatenate(curves), np.full(len(modes), width), modes.tolist())


def _polar(radius: Array | float, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


@dataclass(frozen=True)
class Moons(GaussianTarget):
    """Two interleaved half circles."""

    kind = "moons"
    title = "Moons"
    about = "Two interleaved half circles: two modes that no straight line separates."

    width: float = knob(0.35, WIDTH)

    def components(self) -> Components:
        """60 Gaussians on each half circle."""
        angle = np.linspace(0, np.pi, 60)
        upper = _polar(4.0, angle) + [-2.0, -1.0]
        lower = _polar(4.0, angle + np.pi) + [2.0, 1.0]
        return _shape([upper, lower], self.width)


@dataclass(frozen=True)
class EightGaussians(GaussianTarget):
    """Gaussians on a circle."""

    kind = "eight_gaussians"
    title = "8 Gaussians"
    about = "Equal Gaussians on a circle: does a sampler find every mode?"

    width: float = knob(0.45, WIDTH)
    modes: int = knob(
        8,
        Integer(low=2, high=24, label="Modes",
                help="How many Gaussians stand on the circle. Few: wide gaps that particles hardly cross. Many: "
                     "neighbours melt into a ring."),
    )  # fmt: skip
    radius: float = knob(
        5.0,
        Real(low=0.5, high=20, label="Radius",
             help="Radius of the circle. Small: the modes melt into one. Large: gaps that no particle crosses at "
                  "small noise; above about 7 they leave the canvas."),
    )  # fmt: skip

    def components(self) -> Components:
        """One Gaussian for each mode."""
        centres = _polar(self.radius, np.arange(self.modes) * 2 * np.pi / self.modes)
        return _shape(list(centres[:, None, :]), self.width)


@dataclass(frozen=True)
class Rings(GaussianTarget):
    """Concentric rings."""

    kind = "rings"
    title = "Rings"
    about = "Two concentric rings: one mode encloses the other."

    width: float = knob(0.3, WIDTH)

    def components(self) -> Components:
        """Gaussians along rings of radius 2 and 5, closer than their width, with mass proportional to length."""
        curves = [_polar(radius, np.arange(count) * 2 * np.pi / count) for radius, count in ((2.0, 50), (5.0, 125))]
        return _shape(curves, self.width, [2 / 7, 5 / 7])


@dataclass(frozen=True)
class Spiral(GaussianTarget):
    """A spiral of two and a half turns."""

    kind = "spiral"
    title = "Spiral"
    about = "One long thin mode, wound up: close in the plane, far along the curve."

    width: float = knob(0.25, WIDTH)

    def components(self) -> Components:
        """200 Gaussians at equal distances along an Archimedean spiral."""
        angle = np.linspace(0, 5 * np.pi, 4000)
        curve = _polar(0.4 + 0.33 * angle, angle)
        length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
        even = np.interp(np.linspace(0, length[-1], 200), length, np.arange(len(curve)))
        return _shape([curve[even.round().astype(int)]], self.width)


@dataclass(frozen=True)
class Pinwheel(GaussianTarget):
    """Curved blades around a centre."""

    kind = "pinwheel"
    title = "Pinwheel"
    about = "Five bent blades that meet near the centre."

    width: float = knob(0.3, WIDTH)
    blades: int = knob(
        5,
        Integer(low=2, high=10, label="Blades",
                help="How many blades the wheel has. Few: far apart. Many: they merge around the middle."),
    )  # fmt: skip

    def components(self) -> Components:
        """24 Gaussians along each blade."""
        radius = np.linspace(1.3, 6.0, 24)
        bends = (0.18 * radius + blade * 2 * np.pi / self.blades for blade in range(self.blades))
        return _shape([_polar(radius, bend) for bend in bends], self.width)


@dataclass(frozen=True)
class Checkerboard(GaussianTarget):
    """The dark squares of a 4 × 4 board."""

    kind = "checkerboard"
    title = "Checkerboard"
    about = "Eight squares of Gaussians side by side: edges as soft as their width. The sharp one is a formula."

    width: float = knob(0.25, WIDTH)

    def components(self) -> Components:
        """5 × 5 Gaussians in each of the eight squares; each square is a mode."""
        offsets = (np.arange(5) - 2) * 0.6
        inside = np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)
        corners = [(column, row) for row in range(4) for column in range(4) if (row + column) % 2 == 0]
        return _shape([inside + 3.0 * np.array(corner) - 4.5 for corner in corners], self.width)


@dataclass(frozen=True)
class TwoModes(GaussianTarget):
    """1/5 N((−5, −5), I) + 4/5 N((5, 5), I): Song & Ermon 2019, figures 2 and 3."""

    kind = "two_modes"
    title = "Two far modes"
    about = "1/5 at (−5, −5) and 4/5 at (5, 5): single-noise Langevin gets their weights wrong (Song & Ermon 2019)."

    width: float = knob(1.0, WIDTH)
    weight: float = knob(
        0.2,
        Real(low=0.01, high=0.99, label="Lower weight", symbol="w₁",
             help="Weight of the mode at (−5, −5); the other one has the rest. Near 0 or 1 one of them is hardly ever "
                  "sampled, and hard to learn."),
    )  # fmt: skip

    def components(self) -> Components:
        """Two Gaussians, the lower left one first."""
        centres = [np.array([[-5.0, -5.0]]), np.array([[5.0, 5.0]])]
        return _shape(centres, self.width, [self.weight, 1 - self.weight])


@dataclass(frozen=True)
class Smiley(GaussianTarget):
    """A smiling face."""

    kind = "smiley"
    title = "Smiley"
    about = "A face: an outline, two eyes and a mouth, four modes of very different mass."

    width: float = knob(0.25, WIDTH)

    def components(self) -> Components:
        """The outline, the eyes and the mouth."""
        outline = _polar(6.0, np.arange(150) * 2 * np.pi / 150)
        eye = _polar(0.5, np.arange(10) * 2 * np.pi / 10)
        mouth = _polar(3.6, np.linspace(1.15 * np.pi, 1.85 * np.pi, 40))
        return _shape([outline, eye + [-2.2, 2.0], eye + [2.2, 2.0], mouth], self.width, [0.58, 0.1, 0.1, 0.22])


PRESETS: tuple[type[GaussianTarget], ...] = (
    Moons, EightGaussians, Rings, Spiral, Pinwheel, Checkerboard, TwoModes, Smiley,
)  # fmt: skip
