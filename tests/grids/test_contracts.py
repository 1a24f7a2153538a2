"""Contracts: dated, exclusive, imported from a spreadsheet."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians.models import Technician
from grids import repository, service
from grids.contracts import Terms, contracts_of, create_contract, edit_contract, import_contracts, terms_of
from grids.importing import import_grids
from grids.models import Grid, GridContract, ServiceArea
from kit.db import Database
from kit.errors import Conflict, Invalid
from kit.i18n import text
from kit.ids import uuid7
from tests.databases import somebody_waits
from tests.grids.test_importing import EAST, WEST, collection


async def city(session: AsyncSession) -> tuple[ServiceArea, list[Grid], dict[str, UUID]]:
    """An area with grids a and b and the people ann, bob and eve."""
    area = await service.create_area(session, "v", "V", "America/Vancouver")
    await import_grids(session, area, collection(WEST, EAST), "name")
    people = {name: uuid7() for name in ("ann", "bob", "eve")}
    for name, person in people.items():
        values = {"id": person, "area_id": area.id, "employee_number": name, "name": name.title()}
        await session.execute(insert(Technician).values(values))
    return area, list(await repository.grids(session, area.id)), people


async def test_the_contract_of_a_day_is_found(session: AsyncSession):
    area, (west, _), people = await city(session)
    first = Terms(people["ann"], date(2022, 1, 1), people["bob"], date(2022, 6, 30))
    second = Terms(people["eve"], date(2022, 7, 1))
    for terms in (first, second):
        await create_contract(session, west, terms)
    for day, person in ((date(2022, 6, 30), "ann"), (date(2022, 7, 1), "eve"), (date(2030, 1, 1), "eve")):
        found = await service.contract_on(session, west.id, day)
        assert found is not None
        assert found.technician_a_id == people[person]
    assert await service.contract_on(session, west.id, date(2021, 12, 31)) is None
    located = await service.locate(session, area.id, -123.15, 49.25, date(2022, 3, 1))
    assert located.contract is not None
    assert terms_of(located.contract) == first
    assert set(await service.contracts_on(session, area.id, date(2022, 3, 1))) == {west.id}
    assert [terms_of(contract) for contract in await contracts_of(session, west.id)] == [first, second]


async def test_a_contract_on_days_that_are_taken_is_a_conflict_that_says_which(session: AsyncSession):
    _, (west, east), people = await city(session)
    await create_contract(session, west, Terms(people["ann"], date(2022, 1, 1), None, date(2022, 6, 30)))
    with pytest.raises(Conflict, match="2022-01-01 to 2022-06-30"):
        await create_contract(session, west, Terms(people["bob"], date(2022, 6, 30)))
    await create_contract(session, east, Terms(people["bob"], date(2022, 6, 30)))


async def test_the_same_person_twice_an_end_before_the_beginning_and_a_stranger_are_refused(session: AsyncSession):
    _, (west, _), people = await city(session)
    for terms in (
        Terms(people["ann"], date(2022, 1, 1), people["ann"]),
        Terms(people["ann"], date(2022, 1, 2), None, date(2022, 1, 1)),
        Terms(uuid7(), date(2022, 1, 1)),
        Terms(people["ann"], date(2022, 1, 1), quota=-1),
    ):
        with pytest.raises(Invalid):
            await create_contract(session, west, terms)


async def test_an_edit_keeps_out_of_the_way_of_the_other_contracts(session: AsyncSession):
    _, (west, _), people = await city(session)
    old = await create_contract(session, west, Terms(people["ann"], date(2022, 1, 1), None, date(2022, 6, 30)))
    await create_contract(session, west, Terms(people["bob"], date(2022, 7, 1)))
    with pytest.raises(Conflict):
        await edit_contract(session, west, old, Terms(people["ann"], date(2022, 1, 1)))
    await edit_contract(session, west, old, Terms(people["eve"], date(2022, 1, 1), None, date(2022, 5, 31)))
    assert (old.technician_a_id, old.version) == (people["eve"], 2)


async def test_two_connections_at_once_are_kept_apart_by_the_database(database: Database):
    async with database.transaction() as session:
        _, (west, _), people = await city(session)
    ready, refused = asyncio.Event(), []

    async def first() -> None:
        async with database.transaction() as session:
            await create_contract(session, west, Terms(people["ann"], date(2022, 1, 1)))
            ready.set()
            await somebody_waits(database)

    async def second() -> None:
        await ready.wait()
        try:
            async with database.transaction() as session:  # does not see the first one, which is not committed yet
                await create_contract(session, west, Terms(people["bob"], date(2022, 6, 1)))
        except IntegrityError as error:
            refused.append(error)

    await asyncio.gather(first(), second())
    assert [error.orig.diag.constraint_name for error in refused] == ["grid_contracts_no_overlap"]
    assert "already under contract" in text("constraint.grid_contracts_no_overlap")
    async with database.transaction() as session:
        assert len((await session.execute(select(GridContract))).all()) == 1


async def test_the_database_itself_refuses_one_person_as_a_and_b(session: AsyncSession):
    _, (west, _), people = await city(session)
    values = {"grid_id": west.id, "valid": Range(date(2022, 1, 1), None), "technician_a_id": people["ann"]}
    with pytest.raises(IntegrityError, match="ck_grid_contracts_two_people"):
        await session.execute(insert(GridContract).values(values | {"technician_b_id": people["ann"]}))


async def test_contracts_come_from_a_spreadsheet_and_bad_rows_say_why(session: AsyncSession):
    area, _, people = await city(session)
    data = (
        "grid,technician_a,technician_b,from,to,contractor,households,quota\n"
        "a,ann,Bob,2022-01-01,2022-12-31,恒信,1200,12\n"
        "b,eve,,2022/1/1,,,,\n"
        "a,eve,,2022-06-01,,,,\n"
        "c,eve,,2022-01-01,,,,\n"
        "b,eve,eve,2023-01-01,,,,\n"
        "b,nobody,,2023-01-01,,,,\n"
        "b,eve,,soon,,,,\n"
    ).encode("gb18030")
    result = await import_contracts(session, area, data)
    assert (result.rows, result.created, [found.line for found in result.rejected]) == (7, 2, [4, 5, 6, 7, 8])
    for found, word in zip(result.rejected, ("already", "no grid", "same person", "nobody", "soon"), strict=True):
        assert word in found.reason
    again = await import_contracts(session, area, data)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    edited = data.replace(b"12\n", b"13\n", 1)
    assert (await import_contracts(session, area, edited)).updated == 1
    contract = (await service.contracts_on(session, area.id, date(2022, 5, 1)))[(await city_grid(session, area)).id]
    assert (contract.technician_b_id, contract.quota, contract.contractor) == (people["bob"], 13, "恒信")


async def city_grid(session: AsyncSession, area: ServiceArea) -> Grid:
    return (await repository.grids(session, area.id))[0]
