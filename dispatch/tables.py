"""Every table of the product in one import, for migrations and for the composition roots."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import citymap
import dispatch
import grids
import kit
import mobile_api
from kit.db import Base


def _modules(package: ModuleType) -> list[str]:
    return [
        info.name
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
        if info.name.rsplit(".", 1)[1] in {"models", "blobs", "live", "http", "statistics"}
    ]


for _package in (kit, citymap, grids, dispatch, mobile_api):
    for _name in _modules(_package):
        importlib.import_module(_name)

metadata = Base.metadata
