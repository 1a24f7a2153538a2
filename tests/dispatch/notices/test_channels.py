from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from dispatch.notices.channels.base import BadConfiguration, Outgoing
from dispatch.notices.channels.opening import open_channel
from dispatch.notices.channels.signing import aliyun_signature
from tests.databases import ROOT
from tests.dispatch.notices.gateways import Asked, gateway
from tests.dispatch.notices.mail_server import mail_server

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
HOSTILE = '<b>أحمد</b> 😀 "&" @all'
OUT = Outgoing(
    key="k-0", kind="done", language="zh", text=f"{HOSTILE} https://s.example/o/x",
    at=datetime(2026, 1, 1, 17, tzinfo=UTC),
    phone="13800000001", email="li@example.com", values={"number": "SH1", "link": "https://s.example/o/x"},
    codes={"aliyun": {"zh": "SMS_1"}, "tencent": {"zh": "449739"}},
)  # fmt: skip


def answers(said: Any, status: int = 200) -> Any:
    """A gateway that always says the same."""

    async def answer(asked: Asked) -> tuple[int, Any]:
        return status, said

    return answer


def test_the_signature_is_that_of_the_providers_own_example():
    form = {
        "AccessKeyId": "testid", "Action": "DescribeRegions", "Format": "XML", "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z", "Version": "2014-05-26",
    }  # fmt: skip
    assert aliyun_signature(form, "testsecret", "GET") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


async def test_aliyun_is_asked_in_its_own_words_and_tells_by_our_key():
    async with gateway(answers({"Code": "OK", "BizId": "9006^0", "Message": "OK"})) as server:
        config = {"gateway": "aliyun", "sign_name": "某某宽带", "access_key_id": "id", "endpoint": server.url}
        channel = open_channel("sms", config, {"access_key_secret": "secret"})
        result = await channel.send(OUT)
        form = server.asked[0].form
    assert (result.outcome, result.gateway_id) == ("accepted", "9006^0")
    assert (form["Action"], form["TemplateCode"], form["OutId"]) == ("SendSms", "SMS_1", "k-0")
    unsigned = {name: value for name, value in form.items() if name != "Signature"}
    assert form["Signature"] == aliyun_signature(unsigned, "secret", "POST")
    for listed, outcome in (([{"OutId": "k-0", "SendStatus": 3, "BizId": "1"}], "accepted"),
                            ([{"OutId": "k-0", "SendStatus": 2}], "refused"), ([], "retry")):  # fmt: skip
        async with gateway(answers({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": listed}})) as server:
            told = await open_channel("sms", config | {"endpoint": server.url}, {"access_key_secret": "s"}).ask(OUT)
            assert told.outcome == outcome
            assert server.asked[0].form["SendDate"] == "20260102", "the day in Beijing on which it was sent"


async def test_tencent_is_asked_in_its_own_words():
    status = {"SerialNo": "5000:1", "Code": "Ok", "PhoneNumber": "+8613800000001"}
    async with gateway(answers({"Response": {"SendStatusSet": [status]}})) as server:
        config = {
            "gateway": "tencent",
            "sign_name": "某某宽带",
            "sdk_app_id": "14",
            "secret_id": "i",
            "endpoint": server.url,
        }
        result = await open_channel("sms", config, {"secret_key": "s"}).send(OUT)
        asked = server.asked[0]
    assert (result.outcome, result.gateway_id) == ("accepted", "5000:1")
    assert asked.json["TemplateParamSet"] == ["SH1", "https://s.example/o/x"]
    assert asked.json["SessionContext"] == "k-0"
    assert asked.headers["authorization"].startswith("TC3-HMAC-SHA256 Credential=i/")


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, "refused"),
        ({"Code": "isv.BUSINESS_LIMIT_CONTROL"}, "retry"),
        ("<html>", "unknown"),
    ],
)
async def test_what_a_gateway_says_decides_what_follows(said: Any, outcome: str):
    async with gateway(answers(said)) as server:
        config = {"gateway": "aliyun", "sign_name": "s", "access_key_id": "id", "endpoint": server.url}
        assert (await open_channel("sms", config, {"access_key_secret": "secret"}).send(OUT)).outcome == outcome


@pytest.mark.parametrize(("status", "outcome"), [(429, "retry"), (503, "retry"), (500, "unknown"), (302, "refused")])
async def test_what_a_status_means_for_a_message(status: int, outcome: str):
    async with gateway(answers({}, status)) as server:
        assert (await open_channel("sms", {"url": server.url}, {}).send(OUT)).outcome == outcome


async def test_a_gateway_that_nobody_reaches_surely_has_nothing():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    assert (await open_channel("sms", {"url": url}, {}).send(OUT)).outcome == "retry"


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
async def test_a_robot_writes_plain_text_and_calls_nobody(kind: str):
    async with gateway(answers({"errcode": 0})) as server:
        channel = open_channel(kind, {}, {"url": f"{server.url}send?key=1", "secret": "SEC"})
        result = await channel.send(OUT)
        asked = server.asked[0]
    assert (result.outcome, channel.public, asked.json["msgtype"]) == ("accepted", True, "text")
    assert "@all" not in asked.json["text"]["content"]
    assert ("sign" in asked.query) == (kind == "dingtalk")
    async with gateway(answers({"errcode": 45009})) as server:
        assert (await open_channel(kind, {}, {"url": server.url}).send(OUT)).outcome == "retry"


async def test_a_webhook_is_verified_by_the_standards_own_library_and_an_altered_one_is_not():
    async with gateway(answers({})) as server:
        channel = open_channel("webhook", {"url": server.url}, {"secret": SECRET})
        assert (await channel.send(OUT)).outcome == "accepted"
        asked = server.asked[0]
    event = Webhook(SECRET).verify(asked.body, asked.headers)
    assert (event["type"], event["data"]["text"], asked.headers["webhook-id"]) == ("notice.done", OUT.text, "k-0")
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(asked.body.replace(b"13800000001", b"13800000002"), asked.headers)


_STRANGER = """
import { Webhook } from "standardwebhooks";
let sent = "";
for await (const piece of process.stdin) sent += piece;
const { secret, headers, bodies } = JSON.parse(sent);
console.log(JSON.stringify(bodies.map((body) => {
  try { return new Webhook(secret).verify(body, headers).type; } catch (error) { return error.name; }
})));
"""


async def test_a_strangers_verifier_in_another_language_accepts_the_signature_and_refuses_an_altered_body():
    async with gateway(answers({})) as server:
        assert (await open_channel("webhook", {"url": server.url}, {"secret": SECRET}).send(OUT)).outcome == "accepted"
        asked = server.asked[0]
    body = asked.body.decode()
    told = {
        "secret": SECRET,
        "headers": dict(asked.headers),
        "bodies": [body, body.replace("13800000001", "13800000002")],
    }
    command = (
        ROOT / "scripts" / "npm",
        "exec",
        "--silent",
        "--offline",
        "--",
        "node",
        "--input-type=module",
        "-e",
        _STRANGER,
    )
    said = await asyncio.to_thread(
        subprocess.run, command, input=json.dumps(told), capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == ["notice.done", "WebhookVerificationError"]


async def test_a_mail_arrives_and_nothing_of_a_value_is_markup():
    with mail_server() as (box, config):
        assert (await open_channel("smtp", config, {}).send(OUT)).outcome == "accepted"
    mail = email.message_from_bytes(box.mails[0], policy=email.policy.default)
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert HOSTILE in plain.get_content()
    assert "&lt;b&gt;أحمد" in page.get_content()
    assert '<a href="https://s.example/o/x">' in page.get_content()
    assert mail["Message-ID"] == "<k-0@example.com>"


@pytest.mark.parametrize(("refusal", "outcome"), [("451 later", "retry"), ("550 never", "refused")])
async def test_what_a_mail_server_answers_decides_what_follows(refusal: str, outcome: str):
    with mail_server(refusal) as (_, config):
        assert (await open_channel("smtp", config, {}).send(OUT)).outcome == outcome


@pytest.mark.parametrize(
    ("kind", "config", "hidden", "missing"),
    [
        ("sms", {}, {}, "url"), ("sms", {"gateway": "nobody"}, {}, "gateway"), ("smtp", {"host": "h"}, {}, "sender"),
        ("sms", {"gateway": "aliyun", "sign_name": "s", "access_key_id": "i"}, {}, "access_key_secret"),
        ("webhook", {"url": "http://x"}, {"secret": "whsec_"}, "secret"), ("wecom", {}, {}, "url"),
        ("fax", {}, {}, "kind"),
    ],
)  # fmt: skip
def test_what_a_channel_lacks_is_named(kind: str, config: dict[str, Any], hidden: dict[str, Any], missing: str):
    with pytest.raises(BadConfiguration) as wrong:
        open_channel(kind, config, hidden)
    assert wrong.value.args[0] == missing
