"""Marked fields are blank for whoever may not see them, at any depth, and the answer itself stays as it was."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

from kit.actor import SYSTEM, Actor, Personal, Role, Scope
from kit.http.requests import Page, Struct
from kit.privacy import NODE, Private, asks_for_numbers, kinds_within, masked, numbers_of, place_of


class Person(Struct):
    name: str
    phone: Annotated[str | None, Private(Personal.STAFF)] = None


class Told(Struct):
    note: Annotated[str, Private(Personal.SUBSCRIBER)]
    words: Annotated[list[str], Private(Personal.SUBSCRIBER)]
    data: Annotated[dict[str, Any], Private(Personal.SUBSCRIBER, lambda told: {"kept": told.data.get("kept")})]
    by: Person | None = None
    others: list[Person] = msgspec.field(default_factory=list)


class Plain(Struct):
    number: int


def actor(role: Role) -> Actor:
    return Actor(None, role.value, role, Scope())


def told() -> Told:
    return Told(
        note="Zoe", words=["Zoe"], data={"kept": 1, "text": "Zoe"}, by=Person(name="Anna", phone="1"),
        others=[Person(name="Bert", phone="2")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "note", "phone"),
    [
        (Role.DISPATCHER, "Zoe", "1"),
        (Role.TECHNICIAN, "Zoe", "1"),
        (Role.AGENT, "Zoe", None),
        (Role.INSPECTOR, "Zoe", None),
        (Role.MANAGER, "", None),
        (Role.OBSERVER, "", None),
    ],
)
def test_each_role_reads_what_it_needs(role: Role, note: str, phone: str | None):
    shown = masked(Page(items=[told()]), actor(role)).items[0]
    assert shown.note == note
    assert shown.by is not None
    assert (shown.by.name, shown.by.phone, shown.others[0].phone is None) == ("Anna", phone, phone is None)
    assert shown.words == (["Zoe"] if note else [])
    assert shown.data == ({"kept": 1, "text": "Zoe"} if note else {"kept": 1})


def test_the_answer_itself_is_not_changed():
    answer = [told()]
    assert masked(answer, actor(Role.OBSERVER)) != answer
    assert answer == [told()]


def test_what_holds_nothing_private_is_passed_on_as_it_is():
    page = [Plain(number=1)]
    assert masked(page, actor(Role.OBSERVER)) is page
    assert masked(told(), SYSTEM).note == "Zoe"
    assert kinds_within(Told) == {Personal.SUBSCRIBER, Personal.STAFF}
    assert kinds_within(Plain) == frozenset()


class Placed(Struct):
    address: Annotated[str | None, numbers_of("address")]
    point: Annotated[tuple[float, float] | None, place_of("point")] = None
    network_node: Annotated[str | None, NODE] = None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("人民路12号3单元502", "人民路•号•单元•"),
        ("人民路12号之一3栋B座502室", "人民路•号之••栋B座•室"),
        ("建设街三号楼二单元", "建设街•号楼•单元"),
        ("百楼街一百零三号", "百楼街•号"),
        ("和平里两栋三门二-三-一", "和平里•栋•门•-•-•"),
        ("1204B West Lane", "• West Lane"),
        ("2450 W 10th Ave", "• W 10th Ave"),
        ("4 41st Avenue, Unit C", "• 41st Avenue, Unit •"),
        ("科技一号路 8", "科技一号路 •"),
        ("318国道", "318国道"),
        ("第五大道", "第五大道"),
        (None, None),
    ],
)
def test_an_observer_reads_the_street_and_no_house(address: str | None, shown: str | None):
    assert masked(Placed(address=address), actor(Role.OBSERVER)).address == shown
    assert masked(Placed(address=address), actor(Role.MANAGER)).address == address


def test_an_observer_reads_the_neighbourhood_of_a_point_and_the_node_unless_it_is_a_building():
    for node, shown in (("OLT-12", "OLT-12"), ("@人民路12号", "@人民路•号"), (None, None)):
        placed = Placed(address=None, point=(118.123456, 32.654321), network_node=node)
        seen = masked(placed, actor(Role.OBSERVER))
        assert (seen.point, seen.network_node) == ((118.123, 32.654), shown)
        assert masked(placed, actor(Role.MANAGER)) == placed
    assert masked(Placed(address=None), actor(Role.OBSERVER)).point is None


@pytest.mark.parametrize(
    ("words", "asks"),
    [("人民路", False), ("10th ave", False), ("五一路", False), ("人民路1", True), ("建设街三", True), ("三号", True)],
)
def test_words_that_may_be_the_beginning_of_a_house_ask_for_one(words: str, asks: bool):
    assert asks_for_numbers(words) == asks
