"""What does the verdict owe to each frame, and where do the temporal layers look?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alignment.figures.look import SCALES, axis, color_bar, layout
from app.figures.style import SURFACES, Mode

Array = NDArray[np.float32]

# The two signs differ by direction already; colour only repeats it.
AGAINST: dict[Mode, str] = {"light": "#b3192f", "dark": "#ff8d9a"}


def influence_strip(
    influence: Array,
    times_s: NDArray[np.float64],
    *,
    quantity: str = "fall of lead [cosine]",
    mode: Mode = "light",
) -> dict[str, Any]:
    """Draw how much the verdict moves without each of its frames.

    Args:
        influence: ``(T,)``, positive where the frame supports the verdict.
        times_s: ``(T,)`` times of the frames [s].
        quantity: What ``influence`` measures, for the axis.
        mode: Colours for light or dark surfaces.

    Raises:
        ValueError: The arguments disagree on ``T``.
    """
    if influence.shape != times_s.shape:
        raise ValueError(f"influence {influence.shape} does not belong to times {times_s.shape}")
    values = [round(float(value), 5) for value in influence]
    colors = [SURFACES[mode].accent if value >= 0 else AGAINST[mode] for value in values]
    frames = list(range(1, len(values) + 1))
    seconds = {"tickvals": frames, "ticktext": [f"{time_s:.2f}" for time_s in times_s]}
    bars = {
        "type": "bar",
        # By number, because a short clip gives some of its frames twice; the axis says seconds.
        "x": frames,
        "y": values,
        "marker": {"color": colors},
        "customdata": [round(float(time_s), 3) for time_s in times_s],
        "hovertemplate": "frame %{x}, %{customdata:.2f} s<br>%{y:+.4f}<extra></extra>",
    }
    baseline = {"zeroline": True, "zerolinecolor": SURFACES[mode].muted, "zerolinewidth": 1}
    return {
        "data": [bars],
        "layout": layout(mode, height=220)
        | {
            "margin": {"l": 92, "r": 16, "t": 16, "b": 44},
            "bargap": 0.2,
            "xaxis": axis(mode, "time of the frame [s]", **seconds),
            "yaxis": axis(mode, quantity, **baseline, nticks=5),
        },
    }


def attention_map(attention: Array, *, step: str = "frame", mode: Mode = "light") -> dict[str, Any]:
    """Draw how much each step reads from every other.

    Args:
        attention: ``(T, T)``, rows read from columns, 0-1.
        step: What a step is: ``frame`` or ``sentence``.
        mode: Colours for light or dark surfaces.

    Raises:
        ValueError: Not square.
    """
    if attention.ndim != 2 or attention.shape[0] != attention.shape[1]:
        raise ValueError(f"attention must be square, got {attention.shape}")
    steps = list(range(1, len(attention) + 1))
    heat = {
        "type": "heatmap",
        "x": steps,
        "y": steps,
        "z": [[round(float(value), 4) for value in row] for row in attention],
        # From zero: even attention has to look even.
        "zmin": 0,
        "zmax": max(round(float(attention.max()), 4), 1e-4),
        "colorscale": SCALES[mode],
        "colorbar": color_bar(mode, "share of attention"),
        "hovertemplate": (f"{step} %{{y}} reads %{{z:.1%}}<br>from {step} %{{x}}<extra></extra>"),
    }
    return {
        "data": [heat],
        "layout": layout(mode, height=380)
        | {
            "xaxis": axis(mode, f"read from {step}", constrain="domain"),
            "yaxis": axis(
                mode,
                f"reading {step}",
                autorange="reversed",
                scaleanchor="x",
                constrain="domain",
            ),
        },
    }
