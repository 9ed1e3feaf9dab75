"""What is kept for one visitor, where, and when is it deleted?"""

import contextlib
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import A3LignError

# The page says that it is alive every 5 s. Browsers slow the timers of hidden pages down to one
# tick a minute, so a hidden page is allowed a longer silence.
VISIBLE_SILENCE_S = 20.0
HIDDEN_SILENCE_S = 150.0
# After the connection broke: long enough for a reconnect, short enough for the 30 s we promise.
DEPARTURE_S = 10.0
REAP_EVERY_S = 2.0
# A class behind one router has room; one sender cannot take everybody's.
MOST_PER_ADDRESS, MOST_VISITS = 64, 512
FOLDER_PREFIX = "visitor-"


class SessionEndedError(A3LignError):
    """The visit is over and its data are deleted."""

    def __init__(self) -> None:
        super().__init__("This visit has ended and its data are deleted; reload the page.")


class TooManyVisitsError(A3LignError):
    """No further visit can begin now."""

    def __init__(self) -> None:
        super().__init__("Too many pages are open on this server; close some or wait a minute.")


class VisitorSession:
    """Everything that belongs to one open page, in memory and on disk.

    Attributes:
        token: Unguessable name of the visit; whoever has it acts for the visitor.
        address: Where the visitor comes from, "" where that is unknown.
        values: Anything the tabs want to keep; emptied at the end.
    """

    def __init__(self, root: Path, clock: Callable[[], float], address: str = "") -> None:
        self.address = address
        self.token = secrets.token_urlsafe(24)
        self.values: dict[str, Any] = {}
        self._root = root
        self._clock = clock
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._jobs = 0
        self._closed = False
        self._departs = False
        self._deadline_s = clock() + VISIBLE_SILENCE_S

    @property
    def closed(self) -> bool:
        """Whether the visitor is gone; long work should stop."""
        return self._closed

    @property
    def folder(self) -> Path:
        """The visitor's own temporary folder, made on first use.

        Raises:
            SessionEndedError: The visit is over.
        """
        with self._lock:
            if self._closed:
                raise SessionEndedError
            if self._folder is None:
                self._root.mkdir(parents=True, exist_ok=True)
                self._folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=self._root))
            return self._folder

    def touch(self, *, hidden: bool = False) -> None:
        """Note a sign of life; ``hidden`` pages may stay silent for longer."""
        silence_s = HIDDEN_SILENCE_S if hidden else VISIBLE_SILENCE_S
        with self._lock:
            self._departs = False
            self._deadline_s = self._clock() + silence_s

    def depart(self) -> None:
        """Note that the page's connection broke; without a sign of life this is the end."""
        with self._lock:
            self._departs = True
            self._deadline_s = min(self._deadline_s, self._clock() + DEPARTURE_S)

    @contextlib.contextmanager
    def in_use(self) -> Iterator["VisitorSession"]:
        """Keep the session through work that takes longer than a silence may last.

        Raises:
            SessionEndedError: The visit is over.
        """
        with self._lock:
            if self._closed:
                raise SessionEndedError
            self._jobs += 1
        try:
            yield self
        finally:
            with self._lock:
                self._jobs -= 1
                self._deadline_s = max(self._deadline_s, self._clock() + DEPARTURE_S)
            if self._closed:
                # The work may have written after the first deletion.
                self._delete_files()

    @property
    def expired(self) -> bool:
        """Whether the visitor has been silent for too long."""
        with self._lock:
            kept_by_work = self._jobs > 0 and not self._departs
            return not kept_by_work and self._clock() >= self._deadline_s

    def close(self) -> None:
        """Delete everything now; may be called twice."""
        with self._lock:
            self._closed = True
        self.values.clear()
        self._delete_files()

    def _delete_files(self) -> None:
        with self._lock:
            folder = self._folder
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


class SessionStore:
    """All visitors; a background thread deletes what silent ones left behind.

    Args:
        root: Where visitors' folders are made. Gradio serves files below its own upload folder
            without copying them first, so the app passes that one.
        clock: Monotonic seconds; tests pass their own.
    """

    def __init__(
        self, root: Path | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._root = root or Path(tempfile.gettempdir())
        self._clock = clock
        self._lock = threading.Lock()
        self._by_id: dict[str, VisitorSession] = {}
        self._by_token: dict[str, VisitorSession] = {}
        self._stopped = threading.Event()
        self._reaper: threading.Thread | None = None

    def __len__(self) -> int:
        with self._lock:
            return len(self._by_id)

    def get(self, session_id: str, address: str = "") -> VisitorSession:
        """Return the visitor's session, a new one at the first call; counts as a sign of life.

        Args:
            session_id: Gradio's name of the page.
            address: Where a new visitor comes from, "" where that is unknown.

        Raises:
            TooManyVisitsError: No further visit can begin.
        """
        with self._lock:
            session = self._by_id.get(session_id)
            if session is None or session.closed:
                same = sum(each.address == address != "" for each in self._by_id.values())
                if same >= MOST_PER_ADDRESS or len(self._by_id) >= MOST_VISITS:
                    raise TooManyVisitsError
                session = VisitorSession(self._root, self._clock, address)
                self._by_id[session_id] = session
                self._by_token[session.token] = session
        session.touch()
        return session

    def by_token(self, token: str) -> VisitorSession:
        """Return the session that the page of this token opened.

        Raises:
            SessionEndedError: There is none, or no longer.
        """
        with self._lock:
            session = self._by_token.get(token)
        if session is None or session.closed:
            raise SessionEndedError
        return session

    def open_visits(self) -> list[VisitorSession]:
        """Return all sessions of this moment."""
        with self._lock:
            return list(self._by_id.values())

    def depart(self, session_id: str) -> None:
        """See ``VisitorSession.depart``; unknown visitors are ignored."""
        with self._lock:
            session = self._by_id.get(session_id)
        if session is not None:
            session.depart()

    def close(self, session: VisitorSession) -> None:
        """Delete one visitor's data and forget the visitor."""
        session.close()
        with self._lock:
            self._by_token.pop(session.token, None)
            self._by_id = {key: kept for key, kept in self._by_id.items() if kept is not session}

    def reap(self) -> int:
        """Close every expired session; returns how many."""
        expired = [session for session in self.open_visits() if session.expired]
        for session in expired:
            self.close(session)
        return len(expired)

    def start(self) -> None:
        """Start the background deletion; a second call changes nothing."""
        if self._reaper is None:
            self._stopped.clear()
            self._reaper = threading.Thread(target=self._run, name="session-reaper", daemon=True)
            self._reaper.start()

    def stop(self) -> None:
        """Stop the background deletion and delete all visitors' data."""
        self._stopped.set()
        if self._reaper is not None:
            self._reaper.join(REAP_EVERY_S)
            self._reaper = None
        for session in self.open_visits():
            self.close(session)

    def _run(self) -> None:
        while not self._stopped.wait(REAP_EVERY_S):
            self.reap()
