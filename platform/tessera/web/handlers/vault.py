"""Secrets that calls to the outside show: put in and taken away, never given out."""

from __future__ import annotations

from tessera.engine import vault
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.routes import Body, Parameter, route

_NAME = Parameter(
    "name", {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,40}$"}, "Name of the secret.", place="path", required=True
)


@route(
    "GET", "/api/v1/secrets", tag="Metadata", summary="List secrets", scope="metadata", answer="SecretList",
    errors=(403,),
)
def list_secrets(call: Call) -> Answer:
    """The names of secrets and when each was put in, for administrators. Their values cannot be read by anybody."""
    return json_answer({"data": vault.list_secrets(call.work)})


@route(
    "PUT", "/api/v1/secrets/{name}", tag="Metadata", summary="Put a secret in", mode="write", scope="metadata",
    body=Body("SecretValue"), answer="SecretSet", parameters=(_NAME,), errors=(403,),
)
def set_secret(call: Call) -> Answer:
    """Put a secret in, or another value in its place, for administrators. It is sealed at rest and shown to nobody
    again; flows and channels name it."""
    return json_answer(vault.set_secret(call.work, call.args["name"], call.pick("value").get("value")))


@route(
    "DELETE", "/api/v1/secrets/{name}", tag="Metadata", summary="Take a secret away", mode="write", scope="metadata",
    status=204, errors=(403, 404),
)
def delete_secret(call: Call) -> Answer:
    """Take a secret away, for administrators. What names it fails from then on."""
    vault.delete_secret(call.work, call.args["name"])
    return Answer(status=204)
