"""The density of points: the mean of Gaussian kernels around them, and the bandwidth that cross-validation chooses."""

from __future__ import annotations

import math
from functools import lru_cache

from ncsn_viz.core.numerics import Region, Tensor, rasterize, to_float64, torch

REACH = 4.0  # bandwidths beyond which a kernel is left out
NEGLIGIBLE = 40.0  # the exponent of a kernel at which it ends: of numbers near underflow exp takes ten times as long
BINS_PER_BANDWIDTH = 3
MOST_BINS = 1024  # along each axis
CELLS = 256  # along each axis of the box in which bandwidths are compared
NARROWEST = 1.5  # cells of that box: the least of …
CANDIDATES = 25  # bandwidths, each wider than the one before by …
RATIO = 2**0.25
TO_ROOT_2 = 2  # places further in the list is a bandwidth √2 times as wide
SAMPLED = 2048  # points by which it is found where they are
INNER = 0.005  # share of the points on each side of the box, along either axis, that may lie outside
FAR = 8.0  # median distances from the median, beyond which a point has no say in the bandwidth
TINY = 1e-6  # the least width of the box, also in units of its distance from the origin


def kernel_density(x: Tensor, region: Region, rows: int, columns: int, bandwidth: float) -> Tensor:
    """1/n Σ N(node; xᵢ, h² I) of the points `x` (n, 2), h = `bandwidth`, at the nodes of a grid over `region`.

    Shape (rows, columns), row 0 at the lower edge. Points are counted in bins of about h/3, and the kernels are cut off
    after 4 h: within 2 % of the peak of the exact sum. Points that are not finite count in n alone.
    """
    x0, x1, y0, y1 = region
    reach = REACH * bandwidth
    wide = (x0 - reach, x1 + reach, y0 - reach, y1 + reach)
    bins_y, bins_x = (_bins(high - low, bandwidth) for low, high in ((wide[2], wide[3]), (wide[0], wide[1])))
    counts = rasterize.splat(x, wide, bins_y, bins_x)
    vertical = _kernels(torch.linspace(y0, y1, rows), (wide[2], wide[3]), bins_y, bandwidth).to(counts)
    horizontal = _kernels(torch.linspace(x0, x1, columns), (wide[0], wide[1]), bins_x, bandwidth).to(counts)
    return vertical @ counts @ horizontal.T / max(1, len(x))


def _bins(width: float, bandwidth: float) -> int:
    return max(2, min(MOST_BINS, math.ceil(width / bandwidth * BINS_PER_BANDWIDTH)))


def _kernels(nodes: Tensor, ends: tuple[float, float], bins: int, bandwidth: float) -> Tensor:
    """N(node; centre of a bin, h²) in one dimension: (nodes, bins). The variance that bins add is taken from h²."""
    width = (ends[1] - ends[0]) / bins
    centres = ends[0] + width * (torch.arange(bins, dtype=torch.float64) + 0.5)
    variance = max(bandwidth**2 - width**2 / 12, bandwidth**2 / 2)
    away = nodes.double()[:, None] - centres
    exponent = (away.square() / (2 * variance)).clamp(max=NEGLIGIBLE)
    return torch.exp(-exponent) / math.sqrt(2 * math.pi * variance)


def cross_validated_bandwidth(x: Tensor) -> float | None:
    """The bandwidth h that minimises ∫ p̂² − 2/n Σᵢ p̂₋ᵢ(xᵢ), least-squares cross-validation, over a geometric list.

    Up to a constant that is the integrated square error of the kernel density p̂ of `x` (n, 2); p̂₋ᵢ leaves xᵢ out. All
    pairs of points enter by the power spectrum of their counts on a grid: O(cells log cells). None for fewer than two
    finite points. Points that coincide, as where particles have come to rest, want the least bandwidth of the list.
    Points far from all others do not count: a cell of a grid that held them would be wider than everything else.
    Rudemo, Scandinavian Journal of Statistics 9 (1982); Bowman, Biometrika 71 (1984).
    """
    finite = x.isfinite().all(1)
    x = _near(x if bool(finite.all()) else x[finite])
    if len(x) < 2:
        return None
    region, cell = _box(x)
    counts = rasterize.splat(x, region, CELLS, CELLS)
    n = float(counts.sum())
    power = to_float64(torch.fft.rfft2(counts).abs().square())
    power[:, 1:-1] *= 2  # the half of the spectrum that a real transform leaves out
    decay_y, decay_x = _decays(power.device)
    pairs: list[float] = ((decay_y @ power * decay_x).sum(1) / (CELLS * cell) ** 2).tolist()  # Σᵢⱼ N(xᵢ − xⱼ; 0, h² I)

    def error(candidate: int) -> float:
        h = cell * NARROWEST * RATIO**candidate
        itself = n / (2 * math.pi * (h**2 + cell**2 / 3))  # two counts of a point are cell²/3 apart, on average
        return pairs[candidate + TO_ROOT_2] / n**2 - 2 * (pairs[candidate] - itself) / (n * max(n - 1, 1))

    return cell * NARROWEST * RATIO ** min(range(CANDIDATES), key=error)


@lru_cache(maxsize=4)
def _decays(device: torch.device) -> tuple[Tensor, Tensor]:
    """exp(−(h ω)²/2) for each bandwidth h of the list and for the two beyond it: (k, CELLS), (k, CELLS // 2 + 1).

    In units of a cell these are always the same.
    """
    h = NARROWEST * RATIO ** torch.arange(CANDIDATES + TO_ROOT_2, dtype=torch.float64)[:, None]
    frequencies = (torch.fft.fftfreq(CELLS), torch.fft.rfftfreq(CELLS))
    y, x = (torch.exp(-(h * 2 * math.pi * each.double()).square() / 2).to(device) for each in frequencies)
    return y, x


def _some(x: Tensor) -> Tensor:
    """Some of the points `x` (n, 2), evenly, by which it is found where they are."""
    return x[:: max(1, len(x) // SAMPLED)]


def _near(x: Tensor) -> Tensor:
    """The points `x` (n, 2) that are not farther from their median than FAR times the median of those distances."""
    if len(x) < 2:
        return x
    some = _some(x)
    centre = some.median(0).values
    limit = FAR * (some - centre).abs().amax(1).kthvalue(len(some) // 2 + 1).values
    away = (x - centre).abs_()
    near = torch.maximum(away[:, 0], away[:, 1]) <= limit
    return x if bool(near.all()) else x[near]


def _box(x: Tensor) -> tuple[Region, float]:
    """A square that holds nearly all points `x` (n, 2) with as much room around them, and the width of its cells."""
    in_order = _some(x).T.contiguous().sort().values
    left_out = int(INNER * in_order.shape[1])
    low, high = in_order[:, left_out], in_order[:, -1 - left_out]
    (cx, cy) = ((low + high) / 2).tolist()
    half = max(float((high - low).max()), TINY * max(1.0, abs(cx), abs(cy)))
    cell = 2 * half / CELLS
    return (cx - half, cx + half, cy - half, cy + half), cell
