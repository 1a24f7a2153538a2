"""What HTTP says about guides."""

from datetime import datetime

from dispatch.policies.guides.definition import Definition
from kit.bounds import Code
from kit.http.requests import Struct


class GuideIn(Struct):
    """A new version of the guide of a fault type."""

    code: Code
    definition: Definition


class GuideOut(Struct):
    """The version of a fault type's guide that counts now. `shipped`: the area has none of its own."""

    code: str
    number: int
    definition: Definition
    shipped: bool
    created_at: datetime
