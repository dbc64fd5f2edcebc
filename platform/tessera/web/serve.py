"""Serving the application: granian where it is installed, waitress otherwise; both stop gracefully."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from tessera.context import SYSTEM, Context, utc_now
from tessera.engine import exports, files, idempotency, importing
from tessera.engine.timeline import settle_due
from tessera.relay import Relay
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store.system import access
from tessera.web.app import create_app
from tessera.web.background import Exports, Flows, Imports, Undoings
from tessera.web.log import logger

_TARGET = "tessera.web.serve:granian_app"
_SETTLE_EVERY_S = 60.0
_TIDY_EVERY = 60
_THROTTLES_KEPT = timedelta(days=1)


def serve(settings: Settings, *, server: str = "") -> None:
    """Serve until SIGTERM or SIGINT; requests at work are finished first.

    server: "granian" or "waitress"; left out: granian when it is installed.
    """
    chosen = server or ("granian" if find_spec("granian") else "waitress")
    if chosen == "granian":
        _serve_granian(settings)
    else:
        _serve_waitress(settings)


def application(settings: Settings) -> Callable[..., Iterable[bytes]]:
    """The WSGI application of these settings, with its log and its hourly tidying; for any WSGI server.

    Without Redis it does the work of flows itself, in a thread; with Redis that is left to `tessera worker`. Imports
    that were cut off by the end of another server go on.
    """
    logger.configure(settings.log_level)
    runtime = open_runtime(settings)
    app = create_app(runtime)
    made: Exports = app.extensions["tessera_exports"]
    jobs = (app.extensions["tessera_imports"], app.extensions["tessera_undoings"], made)
    threading.Thread(target=_resume, args=(runtime, *jobs), name="resume", daemon=True).start()
    threading.Thread(target=_tidy, args=(runtime, made, threading.Event()), name="tidy", daemon=True).start()
    if settings.redis_url:
        Relay(runtime.settings).attach()
    else:
        Flows(settings).start()
    wsgi: Callable[..., Iterable[bytes]] = app.wsgi_app
    if settings.proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        count = settings.proxies
        wsgi = ProxyFix(wsgi, x_for=count, x_proto=count, x_host=0)
    return wsgi


def _serve_granian(settings: Settings) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    os.environ.update(settings.to_environment())
    Server(
        _TARGET,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backlog=1024,
        backpressure=max(settings.threads * 8, 64),
        websockets=False,
        log_enabled=settings.log_level == "debug",
        workers_kill_timeout=30,
        respawn_failed_workers=True,
        factory=True,
    ).serve()


def granian_app() -> Callable[..., Iterable[bytes]]:
    """What each worker process of granian loads; the settings come through the environment."""
    return application(Settings.from_environment())


def _serve_waitress(settings: Settings) -> None:
    from waitress.server import create_server  # type: ignore[import-untyped]

    server: Any = create_server(
        application(settings),
        host=settings.host,
        port=settings.port,
        threads=settings.threads,
        connection_limit=1000,
        channel_timeout=60,
        max_request_body_size=settings.limits.package_bytes,
        ident="",
        clear_untrusted_proxy_headers=False,
    )

    def stop(_signal: int, _frame: object) -> None:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=30)
        server.close()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server.run()
    except OSError:  # the listening socket was closed by stop()
        logger.info("stopped")


def _resume(runtime: Runtime, imports: Imports, undoings: Undoings, made: Exports) -> None:
    try:
        found = imports.resume()
        undoings.resume(runtime)
        made.resume(runtime)
    except Exception as error:
        logger.exception("resume_failed", exc_info=error)
    else:
        if found:
            logger.info("imports_resumed", batches=found)


def tidy(runtime: Runtime) -> None:
    """Remove sessions, stored answers, throttle rows and unused uploads whose time has passed."""
    now = utc_now()
    with runtime.database.write() as tx:
        access.purge(
            tx,
            sessions_before=now,
            answers_before=now - idempotency.KEPT,
            throttles_before=now - _THROTTLES_KEPT,
        )
    files.collect(runtime, Context(actor=SYSTEM))
    exports.collect(runtime)
    importing.collect(runtime)


def _tidy(runtime: Runtime, made: Exports, stopped: threading.Event) -> None:
    """Every minute what fell due is settled and exports left by others are begun, every hour what has passed is
    removed."""
    minutes = 0
    while not stopped.wait(_SETTLE_EVERY_S):
        minutes += 1
        try:
            settle_due(runtime, Context(actor=SYSTEM))
            made.resume(runtime)
            if minutes % _TIDY_EVERY == 0:
                tidy(runtime)
        except Exception as error:
            logger.exception("tidy_failed", exc_info=error)
