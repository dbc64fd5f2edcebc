"""What approvals refuse."""

from __future__ import annotations

from tessera.errors import Conflict, Forbidden, TesseraError


class NotYourTask(Forbidden):
    """This task is somebody else's."""

    code = "not_your_task"
    status = 403
    hint = "Only its holder, or the one to whom he delegated, can act on it."


class NotOffered(Forbidden):
    """This cannot be done at this place of the approval: {action}."""

    code = "action_not_offered"
    status = 403
    hint = "The task lists what can be done with it under `actions`."


class TaskDecided(Conflict):
    """This was decided already."""

    code = "task_decided"
    hint = "Read it again: somebody else, or its deadline, was faster."


class TaskNotOpen(Conflict):
    """It is not this task's turn yet."""

    code = "task_not_open"
    hint = "Others are asked before; it opens once they have agreed."


class ApprovalEnded(Conflict):
    """This approval has ended: {outcome}."""

    code = "approval_ended"
    hint = "Read it again to see who ended it."


class TooLateToUndo(Conflict):
    """This can no longer be taken back."""

    code = "too_late_to_undo"
    hint = "Start a new approval, or ask whoever comes next to return it."


class CannotAsk(TesseraError):
    """This person cannot be asked here."""

    code = "cannot_ask"
    status = 422
    hint = "Name somebody who may sign in, who is not asked at this place already, and who may decide about this."


class CannotReturn(TesseraError):
    """It cannot be returned to there."""

    code = "cannot_return"
    status = 422
    hint = "The task lists under `returns` to where it can go back."


class TooManySigners(TesseraError):
    """At most {limit} people can be asked at one place."""

    code = "too_many_signers"
    status = 422


class UrgedRecently(TesseraError):
    """They were urged a short while ago; wait {retry_after_s} seconds."""

    code = "urged_recently"
    status = 429


class LinkRefused(TesseraError):
    """This link does not work (any more)."""

    code = "link_refused"
    status = 404
    hint = "Sign in and look at what waits for you, or ask for a new link."


class SignInNeeded(TesseraError):
    """Sign in to open this link."""

    code = "sign_in_needed"
    status = 401
    hint = "Sign in as the person that it was made for, then open it again."
