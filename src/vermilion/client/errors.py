"""What the client raises: the desk refused, or there is no answer to rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vermilion.errors import Error, StorageError

if TYPE_CHECKING:
    from vermilion.client.answers import Problem


class DeskRefused(Error):  # noqa: N818  # named for what happened
    """The desk answered, and refused: what was sent must change. `problem` says what and where."""

    exit_code = 3
    http_status = 422

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code, problem.detail, help=problem.remedy, where=problem.field)
        self.problem = problem


class DeskUnavailable(StorageError):  # noqa: N818  # named for what happened
    """There is no answer of the desk to rely on: hold the event, and never let it pass.

    Raised when the desk cannot be reached, is too busy, answers nonsense, or fails, after the
    attempts that are safe. Nothing is known of what became of the event: it may be recorded. Keep
    it, and submit the same event again later; the desk then answers with what it recorded, or
    judges it. There is no setting that makes an event pass meanwhile.
    """

    def __init__(self, why: str, problem: Problem | None = None) -> None:
        super().__init__(
            "desk_unavailable",
            f"the desk gave no answer to rely on ({why}): hold the event, never let it pass",
            help="submit the same event again later; what was recorded is answered again",
        )
        self.problem = problem
