from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from dispatch.notices.sending import LEASE, settle_interrupted
from kit.clock import real_now
from tests.databases import ROOT
from tests.dispatch.notices.conftest import Outbox
from tests.dispatch.notices.gateways import Asked, gateway


@pytest.mark.parametrize(("name", "end", "messages"), [("generic", "unknown", 1), ("generic_with_query", "sent", 1)])
async def test_a_worker_killed_between_sending_and_recording_sends_no_second_sms(
    outbox: Outbox, name: str, end: str, messages: int
):
    taken: list[str] = []
    killed = asyncio.Event()

    async def answer(asked: Asked) -> tuple[int, Any] | None:
        if asked.method == "GET":
            return 200, {"messages": [{"reference": key, "id": "m1", "status": "sent"} for key in taken]}
        taken.append(asked.json["reference"])
        await killed.wait()  # the gateway has it; its answer never arrives
        return None

    async with gateway(answer) as sms:
        await outbox.channel(url=sms.url, query_url=sms.url, gateway=name)
        await outbox.tell()
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.dispatch.notices.doomed_sender", outbox.database.url, str(outbox.area_id),
            cwd=ROOT,
        )  # fmt: skip
        await asyncio.wait_for(sms.came.wait(), 60)
        worker.kill()
        await worker.wait()
        killed.set()
        assert await outbox.states() == ["sending"]
        await outbox.send()
        await settle_interrupted(outbox.database, now=real_now() + LEASE)
        await outbox.wait(hours=2)
        await outbox.send()
    assert await outbox.states() == [end]
    assert len(taken) == messages
