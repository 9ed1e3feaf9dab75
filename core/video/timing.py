"""When was a frame shown, if its container is vague about it?"""


class Clock:
    """Turn a container's timestamps into strictly increasing times from 0.

    True timestamps pass unchanged, less the first one. Only where the container gives none (all
    zero), repeats one or steps back is a time made up from the frame rate.

    Args:
        step_s: Nominal time between frames [s].
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._first: float | None = None
        self._stamp = 0.0
        self._time_s = 0.0

    def time_of(self, stamp_s: float) -> float:
        """Return the time of the next frame.

        Args:
            stamp_s: What the container says [s].
        """
        if self._first is None:
            self._first = stamp_s
            return 0.0
        stamp = stamp_s - self._first
        repeated = stamp == self._stamp and stamp > 0
        self._stamp = stamp
        if stamp > self._time_s:
            self._time_s = stamp
        else:
            # A lone repetition must stay before the next true time, hence half a step.
            self._time_s += self._step_s * (0.5 if repeated else 1.0)
        return self._time_s
