"""E-mail by SMTP, through the server of the settings."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar
from urllib.parse import SplitResult, unquote, urlsplit

from tessera.context import Context
from tessera.engine.messages.channels.base import Channel, Delivery, Receipt, add_channel
from tessera.engine.messages.errors import DeliveryFailed
from tessera.engine.outside.deadline import cut_off_after
from tessera.engine.process import Process
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind
from tessera.settings import BadSetting, Settings

OPERATION_S = 10
WHOLE_S = 20
_PORTS = {"smtp": 587, "smtps": 465}


class MailChannel(Channel):
    """Sends mail."""

    kind: ClassVar[ChannelKind] = CHANNEL_KINDS["email"]

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Send it. What the server refuses for good (5xx) is the end, all else may work later."""
        settings = process.settings
        if not settings.smtp_url:
            raise DeliveryFailed("no mail server is set (TESSERA_SMTP_URL).", retry=False)
        url = server_of(settings)
        mail = mail_of(request, settings, url)
        server: smtplib.SMTP | None = None
        with cut_off_after(WHOLE_S, lambda: getattr(server, "sock", None)) as deadline:
            try:
                server = _connected(url)
                server.send_message(mail)
                server.quit()
            except smtplib.SMTPResponseException as error:
                raise DeliveryFailed(f"the server said {error.smtp_code}.", retry=error.smtp_code < 500) from None
            except smtplib.SMTPRecipientsRefused as error:
                codes = [code for code, _ in error.recipients.values()]
                raise DeliveryFailed(f"the server refused the recipient ({codes[0]}).", retry=codes[0] < 500) from None
            except (OSError, smtplib.SMTPException, ValueError) as error:
                why = "it took too long." if deadline.is_over else f"the connection broke ({type(error).__name__})."
                raise DeliveryFailed(why) from None
            finally:
                if server is not None:
                    server.close()
        return Receipt(id=str(mail["Message-ID"]))


def server_of(settings: Settings) -> SplitResult:
    """The mail server that the settings name. Raises: BadSetting("bad_setting")."""
    url = urlsplit(settings.smtp_url)
    if url.scheme not in _PORTS or not url.hostname:
        hint = "Give smtp://user:password@host:587 or smtps://user:password@host:465."
        raise BadSetting(name="TESSERA_SMTP_URL", value="…", hint=hint)
    return url


def mail_of(request: Delivery, settings: Settings, url: SplitResult) -> EmailMessage:
    """The mail of a delivery; its Message-ID is the same in every repetition. Raises: DeliveryFailed."""
    sender = settings.mail_from or unquote(url.username or "")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(sender, "sender")
    mail["To"] = _address(request.address, "recipient")
    mail["Subject"] = request.subject or request.text.strip().split("\n", 1)[0][:100]
    mail["Date"] = format_datetime(Context().now())
    host = sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{request.key}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = request.language
    mail.set_content(request.text)
    if request.parts.get("html"):
        mail.add_alternative(request.parts["html"], subtype="html")
    return mail


def _address(text: str, of: str) -> Address:
    """One address and nothing else. Raises: DeliveryFailed."""
    name, at, host = text.strip().rpartition("@")
    if not name or not at or not host or not text.isascii() or any(sign in text for sign in "\r\n,;<> \t\"()"):
        raise DeliveryFailed(f"the {of} has no address that mail can go to.", retry=False)
    return Address(username=name, domain=host)


def _connected(url: SplitResult) -> smtplib.SMTP:
    """A session with the server, encrypted where it can be and signed in where a name is given."""
    host, port = str(url.hostname), url.port or _PORTS[url.scheme]
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=OPERATION_S, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=OPERATION_S)
    try:
        server.ehlo_or_helo_if_needed()
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


add_channel(MailChannel())
