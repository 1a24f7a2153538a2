"""How the shipped gateways want a request to be signed. Pure: time and chance come in."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit


def aliyun(form: Mapping[str, str], key_id: str, secret: str, nonce: str, at: datetime) -> dict[str, str]:
    """The form of an RPC-style request of Alibaba Cloud, signed (HMAC-SHA1, signature version 1.0)."""
    whole = {
        **form, "Format": "JSON", "AccessKeyId": key_id, "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
        "SignatureNonce": nonce, "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    return {**whole, "Signature": aliyun_signature(whole, secret, "POST")}


def aliyun_signature(form: Mapping[str, str], secret: str, method: str) -> str:
    """The signature of an RPC-style request."""

    def coded(value: str) -> str:
        return quote(value, safe="~")

    query = "&".join(f"{coded(name)}={coded(form[name])}" for name in sorted(form))
    text = f"{method}&%2F&{coded(query)}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), hashlib.sha1)).decode()


def tencent(
    url: str, action: str, body: bytes, secret_id: str, secret_key: str, at: datetime, service: str = "sms"
) -> dict[str, str]:
    """The headers of a request of Tencent Cloud, signed (TC3-HMAC-SHA256)."""
    host, stamp, day = urlsplit(url).netloc, str(int(at.timestamp())), at.strftime("%Y-%m-%d")
    kind = "application/json; charset=utf-8"
    canonical = "\n".join([
        "POST", "/", "", f"content-type:{kind}\nhost:{host}\nx-tc-action:{action.lower()}\n",
        "content-type;host;x-tc-action", hashlib.sha256(body).hexdigest(),
    ])  # fmt: skip
    scope = f"{day}/{service}/tc3_request"
    text = "\n".join(["TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    signature = hmac.digest(key, text.encode(), hashlib.sha256).hex()
    authorization = (
        f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders=content-type;host;x-tc-action, "
        f"Signature={signature}"
    )
    return {"Authorization": authorization, "Content-Type": kind, "Host": host, "X-TC-Timestamp": stamp}
