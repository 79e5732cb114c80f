"""Who is looking: the person at this machine, or an anonymous visitor of a public server.

Owns what a visitor is known by and the comparison of owners. Leaves what a visitor may do to `desk`, and how a browser
keeps its secret to the app.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

_SECRET = re.compile(r"[0-9a-f]{64}")  # 256 random bits, as the browser writes them


@dataclass(frozen=True)
class Visitor:
    """One who looks.

    Attributes:
        owner: what stands in the runs of an anonymous visitor: the sha256 of a secret that only the browser keeps.
            Empty for a visitor who is not known yet, and for the local one.
        is_local: the person at this machine, to whom everything belongs.
    """

    owner: str = ""
    is_local: bool = False

    @property
    def is_known(self) -> bool:
        """Whether there is somebody to whom a run can belong."""
        return self.is_local or bool(self.owner)

    def owns(self, owner: str) -> bool:
        """Whether what belongs to `owner` is this visitor's; takes the same time for any two owners."""
        if self.is_local:
            return True
        same = hmac.compare_digest(self.owner.encode(errors="replace"), owner.encode(errors="replace"))
        return same and bool(self.owner)


LOCAL = Visitor(is_local=True)
STRANGER = Visitor()  # of whom nothing is known yet


def owner_of(secret: object) -> str | None:
    """Return the owner that a browser's secret makes, None for anything that is not such a secret."""
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        return None
    return hashlib.sha256(secret.encode()).hexdigest()
