"""E-mail by SMTP: a plain part and an HTML part in which nothing of a value is markup."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from html import escape
from typing import Any

import aiosmtplib

from dispatch.notices.channels.base import Outgoing, Result, needed
from dispatch.notices.templates import STAFF, fill, harmless

_SECONDS = 20


class Mail:
    """One SMTP server. The message id is our key, so that a repeat is known by whoever cares."""

    repeats_safely = False
    can_tell = False
    public = False
    silent = False

    def __init__(self, config: Mapping[str, Any], hidden: Mapping[str, Any]) -> None:
        self._host, self._sender = needed(config, "host"), needed(config, "sender")
        self._port = int(config.get("port") or 587)
        self._tls = config.get("tls", "starttls")
        self._user, self._password = config.get("user"), hidden.get("password")
        self._subject = {"en": "About your order", "zh": "关于您的工单", **(config.get("subjects") or {})}
        self._staff = {"en": "Grid Dispatch: {name}", "zh": "网格调度：{name}"}

    def reaches(self, phone: str | None, email: str | None) -> bool:
        """Everybody with a mail address."""
        return bool(email)

    def message(self, out: Outgoing) -> EmailMessage:
        """The mail."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self._sender, out.email or ""
        subjects = self._staff if out.kind in STAFF else self._subject
        mail["Subject"] = harmless(fill(subjects.get(out.language, subjects["en"]), out.values))
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = self._id(out)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(out.text)
        words = escape(out.text)
        link = out.values.get("link")
        if link:
            words = words.replace(escape(link), f'<a href="{escape(link)}">{escape(link)}</a>')
        mail.add_alternative(f'<!doctype html><html lang="{out.language}"><body><p>{words}</p></body></html>', "html")
        return mail

    def _id(self, out: Outgoing) -> str:
        return f"<{out.key}@{self._sender.rpartition('@')[2].strip('>') or 'localhost'}>"

    async def send(self, out: Outgoing) -> Result:
        """Hand the mail to the server. Until the message itself is being sent, a failure is surely no message."""
        try:
            mail = self.message(out)
        except ValueError:
            return Result("refused", detail="bad_address")
        client = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, timeout=_SECONDS,
            use_tls=self._tls == "tls", start_tls=self._tls == "starttls",
        )  # fmt: skip
        try:
            await client.connect()
            if self._user:
                await client.login(self._user, self._password or "")
        except aiosmtplib.SMTPAuthenticationError:
            client.close()
            return Result("retry", detail="sign_in")
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            return Result("retry", detail="no_connection")
        try:
            await client.send_message(mail)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [one.code for one in refused.recipients]
            return Result("retry" if all(400 <= code < 500 for code in codes) else "refused", detail=f"smtp_{codes[0]}")
        except aiosmtplib.SMTPResponseException as answered:
            return Result("retry" if 400 <= answered.code < 500 else "refused", detail=f"smtp_{answered.code}")
        except (aiosmtplib.SMTPException, OSError, ValueError):
            return Result("unknown", detail="cut_off")
        finally:
            client.close()
        return Result("accepted", gateway_id=self._id(out))

    async def ask(self, out: Outgoing) -> Result:
        """A mail server does not say."""
        return Result("unknown", detail="cannot_ask")
