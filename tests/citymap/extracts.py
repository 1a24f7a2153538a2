"""Tiny extracts, drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
import osmium.osm.mutable as osm

Nodes = Mapping[int, tuple[float, float]]
Ways = Sequence[tuple[Sequence[int], Mapping[str, str]]]


def write_extract(path: Path, nodes: Nodes, ways: Ways, restrictions: Sequence[tuple[int, int, int, str]] = ()) -> Path:
    """Ways are numbered from 1; a restriction is (from way, via node, to way, kind)."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number, point in sorted(nodes.items()):
            writer.add_node(osm.Node(id=number, version=1, location=point, tags={}))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(osm.Way(id=number, version=1, nodes=list(refs), tags=dict(tags)))
        for number, (source, via, target, kind) in enumerate(restrictions, start=1):
            members = [("w", source, "from"), ("n", via, "via"), ("w", target, "to")]
            tags = {"type": "restriction", "restriction": kind}
            writer.add_relation(osm.Relation(id=number, version=1, members=members, tags=tags))
    return path


def street(name: str, **tags: str) -> dict[str, str]:
    """The tags of a residential street."""
    return {"highway": "residential", "name": name, **tags}


def town(path: Path, name: str = "Main Street") -> Path:
    """Two crossing streets, about 400 m long, with a house; the smallest thing that is a city."""
    nodes = {1: (10.0, 50.0), 2: (10.003, 50.0), 3: (10.006, 50.0), 4: (10.003, 50.002), 5: (10.003, 49.998)}
    ways = [((1, 2, 3), street(name)), ((4, 2, 5), street("Cross Road"))]
    return write_extract(path, nodes, ways)
