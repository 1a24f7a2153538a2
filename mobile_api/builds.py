"""The numbers of acts' shapes that phones may send.

1: without guides. 2: completions with the readings and the checklist of the fault type's guide. Acts of every build
down to the oldest are taken as they are meant; those of a still older one too, and the phone is told to update.
"""

from __future__ import annotations

OLDEST_BUILD = 1
NEWEST_BUILD = 2
WITH_GUIDES = 2
"""From this build on a completion must hold what its guide requires; an older app cannot know of it."""
