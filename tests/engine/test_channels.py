"""The built-in channels: mail, signed webhooks and the text messages of development."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from databases import Templates
from tessera.engine import messages, vault
from tessera.engine.messages import Channel, Delivery, DeliveryFailed, Receipt, add_channel, remove_channel
from tessera.engine.messages.channels.base import CHANNELS
from tessera.engine.messages.channels.sms import ConsoleSms
from tessera.engine.messages.channels.webhook import signature
from tessera.engine.process import Process
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind
from tessera.meta.model import Label

from .message_kit import News, news
from .outside_kit import reply, site
from .smtp_kit import mail_server

REQUEST = Delivery(
    id=1, key="0190-key", message="news:hello", category="service", address="ann@example.org", subject="Hello",
    text="Guten Tag, 你好\n.\nsecond line", language="zh", parts={"html": "<p>你好</p>"},
)  # fmt: skip


@pytest.fixture
def app(templates: Templates, tmp_path: Path) -> Iterator[News]:
    """A process with messages."""
    with news(templates, "sqlite", tmp_path) as found:
        yield found


def deliver(app: News, channel: str, **changes: object) -> Receipt:
    """Hand a delivery to a channel."""
    return CHANNELS[channel].deliver(replace(REQUEST, **changes), app.runtime)  # type: ignore[arg-type]


# Mail


def with_mail(app: News, port: int) -> None:
    """Settings of a mail server."""
    url = f"smtp://127.0.0.1:{port}"
    app.runtime.settings = replace(app.runtime.settings, smtp_url=url, mail_from="shop@example.com")


def test_mail_is_sent_with_text_and_html(app: News) -> None:
    with mail_server() as box:
        with_mail(app, box.port)
        receipt = deliver(app, "email")
    (mail,) = box.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == ("shop@example.com", "ann@example.org", "Hello")
    assert mail["Message-ID"] == receipt.id == "<0190-key@example.com>"
    plain, html = mail.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == "Guten Tag, 你好\n.\nsecond line\n"
    assert html.get_content().strip() == "<p>你好</p>" and mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_without_subject_takes_its_first_line(app: News) -> None:
    with mail_server() as box:
        with_mail(app, box.port)
        deliver(app, "email", subject="")
    assert box.mails[0]["Subject"] == "Guten Tag, 你好"


@pytest.mark.parametrize(
    "address",
    ["ann@example.org\r\nBcc: all@example.org", "a@b.org, c@d.org", "a@b.org>,<c@d.org", "nobody", "@b.org", "a@",
     "Ann <a@b.org>", "a b@c.org", "ä@b.org", ""],
)  # fmt: skip
def test_a_mail_goes_to_one_address(app: News, address: str) -> None:
    with mail_server() as box:
        with_mail(app, box.port)
        with pytest.raises(DeliveryFailed) as caught:
            deliver(app, "email", address=address)
    assert not caught.value.retry and box.commands == []


@pytest.mark.parametrize(
    ("verb", "answer", "retry"),
    [("RCPT", "550 no such user", False), ("RCPT", "450 later", True), ("MAIL", "554 go away", False),
     ("DATA", "451 busy", True), ("EHLO", "421 closing", True)],
)  # fmt: skip
def test_what_a_mail_server_refuses_for_good_is_not_repeated(app: News, verb: str, answer: str, retry: bool) -> None:
    with mail_server() as box:
        box.refusals[verb] = answer
        if verb == "EHLO":
            box.refusals["HELO"] = answer
        with_mail(app, box.port)
        with pytest.raises(DeliveryFailed) as caught:
            deliver(app, "email")
    assert caught.value.retry is retry and "ann@" not in str(caught.value)


def test_a_mail_server_that_is_away_may_come_back(app: News) -> None:
    with mail_server() as box:
        pass
    with_mail(app, box.port)
    with pytest.raises(DeliveryFailed) as caught:
        deliver(app, "email")
    assert caught.value.retry


def test_a_message_goes_out_as_mail_from_end_to_end(app: News) -> None:
    with mail_server() as box:
        with_mail(app, box.port)
        app.send("several", app.person(mail="ann@example.org"))
        app.deliver()
    assert box.mails[0].get_content().strip() == "Name P1"
    assert app.rows()[0]["receipt"]["id"] == box.mails[0]["Message-ID"]


# Webhooks


def secret(app: News, **values: str) -> None:
    """Put secrets in."""
    with app.runtime.writing(app.ctx()) as work:
        for name, value in values.items():
            vault.set_secret(work, name, value)


def test_a_webhook_is_signed_so_that_its_receiver_can_check_it(app: News) -> None:
    with site(reply(202)) as there:
        app.runtime.settings = replace(app.runtime.settings, outside_allow=there.allow)
        secret(app, webhook_ops_url=f"{there.url}/in?t=1", webhook_ops_key="signing")
        receipt = deliver(app, "webhook", address="group:ops")
    (seen,) = there.seen
    assert receipt.note == {"status": 202} and seen.path == "/in?t=1"
    assert seen.headers["webhook-id"] == seen.headers["idempotency-key"] == "0190-key"
    stamp = int(seen.headers["webhook-timestamp"])
    assert seen.headers["webhook-signature"] == signature("signing", "0190-key", stamp, seen.body)
    body = json.loads(seen.body)
    assert (body["id"], body["text"], body["message"]) == ("0190-key", REQUEST.text, "news:hello")


@pytest.mark.parametrize(("status", "retry"), [(400, False), (404, False), (429, True), (500, True), (503, True)])
def test_what_a_webhook_answers_says_whether_it_is_repeated(app: News, status: int, retry: bool) -> None:
    with site(reply(status, Retry_After="77")) as there:
        app.runtime.settings = replace(app.runtime.settings, outside_allow=there.allow)
        with pytest.raises(DeliveryFailed) as caught:
            deliver(app, "webhook", address=there.url)
    assert (caught.value.retry, caught.value.after_s) == (retry, 77)
    assert "webhook-signature" not in there.seen[0].headers


def test_a_webhook_never_reaches_inside(app: News) -> None:
    app.send("several", app.person())
    with site() as there, pytest.raises(Exception, match="no public address"):
        deliver(app, "webhook", address=there.url)
    assert there.seen == []


# Text messages


def test_text_messages_of_development_go_to_the_log_when_it_is_allowed(
    app: News, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeliveryFailed):
        deliver(app, "sms", address="13800001234")
    app.runtime.settings = replace(app.runtime.settings, console_sms=True)
    deliver(app, "sms", address="13800001234", text="line\nbreak")
    line = json.loads(capsys.readouterr().err)
    assert line == {"event": "sms", "to": "13800001234", "text": "line\nbreak", "key": "0190-key"}


class OtherSms(Channel):
    """A plugin's."""

    kind = ChannelKind("sms", Label("短信", "SMS"), "phone", has_subject=False)

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Gives a receipt."""
        return Receipt(id="other")


def test_a_plugin_takes_the_place_of_a_stand_in_and_leaves_it_again(app: News) -> None:
    made = OtherSms()
    before = add_channel(made)
    try:
        assert isinstance(before, ConsoleSms) and CHANNEL_KINDS["sms"] is made.kind
        assert deliver(app, "sms").id == "other"
        with pytest.raises(ValueError, match="registered already"):
            add_channel(OtherSms())
    finally:
        remove_channel(made)
        assert before is not None
        add_channel(before)
    assert isinstance(CHANNELS["sms"], ConsoleSms) and CHANNEL_KINDS["sms"] is ConsoleSms.kind
    assert messages.CHANNELS is CHANNELS
