"""Roles and what they let people do, for administrators."""

from __future__ import annotations

from tessera.engine.access import telling
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.routes import Parameter, route

_ACTIONS = ("read", "create", "update", "delete")
_ENTITY = Parameter("entity", {"type": "string", "maxLength": 41}, "Name of the entity.", required=True)
_ACTION = Parameter("action", {"type": "string", "enum": [*_ACTIONS]}, "What he wants to do; left out: read.")
_RECORD = Parameter("record", {"type": "integer", "minimum": 1}, "Id of the record; left out: any.")


@route(
    "GET", "/api/v1/auth/roles", tag="Access", summary="List roles", scope="users", answer="RoleList", errors=(403,)
)
def list_roles(call: Call) -> Answer:
    """Every role with what it allows on which records and fields, the attributes of a user that its conditions compare
    with, and how many active users have it; for administrators."""
    return json_answer({"data": telling.told_roles(call.work)})


@route(
    "GET", "/api/v1/auth/users/{key}/rights", tag="Access", summary="Get what a user may do", scope="users",
    answer="UserRights", errors=(403, 404),
)
def get_rights(call: Call) -> Answer:
    """What a user's roles allow together, entity by entity, for administrators. unknown: roles that no package has."""
    return json_answer(telling.told_rights(call.work, call.number("key", "user")))


@route(
    "GET", "/api/v1/auth/users/{key}/rights/explain", tag="Access", summary="Explain a right", scope="users",
    answer="Denial", parameters=(_ENTITY, _ACTION, _RECORD), errors=(403, 404),
)
def explain_right(call: Call) -> Answer:
    """Whether a user may do something, and if not, why: no role that mentions the entity, none that allows the action,
    or a record outside the condition. For administrators."""
    action = call.query.get("action", "read")
    if action not in _ACTIONS:
        raise BadParameter(name="action", why=f"must be one of {', '.join(_ACTIONS)}.")
    record = call.whole("record", 0, least=1) if "record" in call.query else None
    user = call.number("key", "user")
    return json_answer(telling.told_denial(call.work, user, call.needed("entity"), action, record))
