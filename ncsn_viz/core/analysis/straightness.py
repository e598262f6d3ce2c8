"""How straight the paths of the probability flow are."""

from __future__ import annotations

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.core.schedules import Schedule


def straightness(field: Field, x: Tensor, path: Schedule, steps: int) -> float:
    """∫E‖dx_t/dt − V‖² dt/E‖V‖² with V the mean velocity of each path x_t: 0 for straight lines at constant speed.

    The probability flow is run from `x` (n, 2), points x̂ at the largest noise of `path`, to its smallest, by Heun's
    method with `steps` equal steps of t, of which the integral is the mean; x_t = α x̂. Liu et al. 2023, section 2.2,
    divided by the mean square of V, so that the scale of the data does not matter. NaN where points have flown off.
    """
    first, last = path.times
    times = [first + (last - first) * step / steps for step in range(steps + 1)]
    sigmas = [path.noise_level(t) for t in times]
    points = [path.alpha(first) * x]
    with torch.no_grad():
        slope = -sigmas[0] * field.score(x, sigmas[0])
        for t, here, there in zip(times[1:], sigmas[:-1], sigmas[1:], strict=True):
            guess = -there * field.score(x + (there - here) * slope, there)
            x = x + (there - here) / 2 * (slope + guess)
            slope = -there * field.score(x, there)
            points.append(path.alpha(t) * x)
        velocity = torch.stack(points).double().diff(dim=0) * (steps / (last - first))  # (steps, n, 2)
        mean = velocity.mean(0)
        return float((velocity - mean).square().sum(-1).mean() / mean.square().sum(-1).mean())
