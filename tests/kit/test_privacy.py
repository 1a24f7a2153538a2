"""Marked fields are blank for whoever may not see them, at any depth, and the answer itself stays as it was."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

from kit.actor import SYSTEM, Actor, Personal, Role, Scope
from kit.http.requests import Page, Struct
from kit.privacy import Private, kinds_within, masked, numbers_of


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


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("人民路12号3单元502", "人民路•号•单元•"),
        ("人民路12号之一3栋B座502室", "人民路•号之一•栋B座•室"),
        ("建设街三号楼二单元", "建设街•号楼•单元"),
        ("1204B West Lane", "• West Lane"),
        ("第五大道", "第五大道"),
        (None, None),
    ],
)
def test_an_observer_reads_the_street_and_no_house(address: str | None, shown: str | None):
    assert masked(Placed(address=address), actor(Role.OBSERVER)).address == shown
    assert masked(Placed(address=address), actor(Role.MANAGER)).address == address
