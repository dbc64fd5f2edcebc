"""Settings of one process, read once from the environment, and the limits it keeps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from tessera.errors import TesseraError


class BadSetting(TesseraError):
    """The setting {name} cannot be "{value}"."""

    code = "bad_setting"
    status = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one request, formula or job may ask for. Numbers; units are in the names.

    Each may be set by TESSERA_LIMIT_<NAME>.
    """

    body_bytes: int = 10_000_000
    page_rows: int = 500
    page_default_rows: int = 50
    offset_rows: int = 10_000
    bulk_rows: int = 10_000
    filter_characters: int = 4_000
    expand_depth: int = 3
    expand_paths: int = 20
    aggregate_columns: int = 20
    lines_per_record: int = 20_000
    replay_moments: int = 10_000
    package_files: int = 10_000
    package_bytes: int = 100_000_000
    upload_bytes: int = 2_000_000_000
    file_bytes: int = 100_000_000
    waiting_files: int = 1_000
    build_inline_rows: int = 50_000
    text_characters: int = 1_000_000
    flow_steps: int = 1_000
    flow_depth: int = 10
    flow_result_bytes: int = 4_000_000
    flow_items: int = 1_000
    flow_found_records: int = 1_000
    flow_deaths: int = 3
    flow_lease_s: int = 30
    flow_step_s: int = 60
    hook_bytes: int = 1_000_000
    outside_bytes: int = 1_000_000
    outside_s: int = 10
    outside_redirects: int = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs. Each is read from TESSERA_<NAME>.

    database_url: `sqlite:///path` or `postgresql://…`. secret_key: signs cursors; made and kept in
    data_dir when it is empty. data_dir: files that are no records (uploads, import files). metrics: who may read them,
    "admin", "loopback" or "open". proxies: how many reverse proxies in front say where a request comes from.
    key_requests_per_minute: of each API key that says nothing else, in each process; 0 is without limit.
    workspace_package: where drafts put new documents, and changes of documents of other packages.
    outside_allow: hosts and networks, with or without a port, that calls to the outside may reach though they are not
    public, separated by commas. outside_ca_file: certificates of further authorities that such calls believe.
    smtp_url: of the mail server, `smtp://user:password@host:587` or `smtps://…`. mail_from: the sender, left out: the
    user. console_sms: whether text messages are written to the log, for development.
    """

    database_url: str = "sqlite:///var/tessera.db"
    redis_url: str = ""
    data_dir: Path = Path("var")
    secret_key: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 8
    base_url: str = ""
    zone: str = "Asia/Shanghai"
    language: str = "zh"
    log_level: str = "info"
    metrics: str = "admin"
    proxies: int = 0
    key_requests_per_minute: int = 0
    workspace_package: str = "local"
    outside_allow: str = ""
    outside_ca_file: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    console_sms: bool = False
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of this process. Raises: BadSetting("bad_setting")."""
        source = os.environ if environment is None else environment
        values: dict[str, object] = {}
        for each in fields(cls):
            text = source.get(f"TESSERA_{each.name.upper()}")
            if text is None or each.name == "limits":
                continue
            values[each.name] = _parsed(each.name, text)
        return cls(**values, limits=_limits(source))  # type: ignore[arg-type]

    def to_environment(self) -> dict[str, str]:
        """The variables from which a process reads these settings."""
        found: dict[str, str] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name != "limits":
                found[f"TESSERA_{each.name.upper()}"] = str(value).lower() if isinstance(value, bool) else str(value)
        for each in fields(Limits):
            if getattr(self.limits, each.name) != each.default:
                found[f"{_LIMIT}{each.name.upper()}"] = str(getattr(self.limits, each.name))
        return found


_LIMIT = "TESSERA_LIMIT_"


def _limits(source: Mapping[str, str]) -> Limits:
    """The limits, with those of TESSERA_LIMIT_<NAME> in place of the usual ones. Raises: BadSetting("bad_setting")."""
    given: dict[str, int] = {}
    for each in fields(Limits):
        name = f"{_LIMIT}{each.name.upper()}"
        text = source.get(name)
        if text is not None:
            if not text.isascii() or not text.isdigit() or len(text) > 15:
                raise BadSetting(name=name, value=text, hint="Give a whole number.")
            given[each.name] = int(text)
    return Limits(**given)


def _parsed(name: str, text: str) -> object:
    if name in {"port", "workers", "threads", "proxies", "key_requests_per_minute"}:
        if not text.isascii() or not text.isdigit() or int(text) > 65_535:
            raise BadSetting(name=f"TESSERA_{name.upper()}", value=text, hint="Give a whole number.")
        return int(text)
    if name == "console_sms":
        if text not in ("true", "false", ""):
            raise BadSetting(name=f"TESSERA_{name.upper()}", value=text, hint='Give "true" or "false".')
        return text == "true"
    return Path(text) if name == "data_dir" else text
