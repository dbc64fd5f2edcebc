"""A mail server of our own on the loopback: keeps what it is sent, and refuses what a test wants."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class MailBox:
    """What arrived. refusals: answers by the beginning of a command, such as {"RCPT": "550 no such user"}."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)


@contextmanager
def mail_server() -> Iterator[MailBox]:
    """A server for the length of a with block."""
    box = MailBox()

    class Session(socketserver.StreamRequestHandler):
        timeout = 10

        def say(self, text: str) -> None:
            """One answer."""
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self) -> None:
            """The dialogue of RFC 5321, as far as these tests need it."""
            self.say("220 mail.test")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                box.commands.append(line)
                verb = line.split(" ")[0].split(":")[0].upper()
                if verb in box.refusals:
                    self.say(box.refusals[verb])
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                elif verb == "DATA":
                    self.say("354 go on")
                    self.take()
                else:
                    if verb == "RCPT":
                        box.recipients.append(line)
                    self.say("250 mail.test")

        def take(self) -> None:
            """A mail, up to the single dot."""
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            found = message_from_bytes(b"".join(lines), policy=default)
            assert isinstance(found, EmailMessage)
            box.mails.append(found)
            self.say("250 kept")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        block_on_close = True

    server = Server(("127.0.0.1", 0), Session)
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
