"""When is which expression to be seen, and how is that said in a sentence?"""

from core.episodes.badges import Badge
from core.episodes.episode import Episode, EpisodeSettings
from core.episodes.find import find_episodes, leading_candidates, moment_edges

__all__ = [
    "Badge",
    "Episode",
    "EpisodeSettings",
    "find_episodes",
    "leading_candidates",
    "moment_edges",
]
