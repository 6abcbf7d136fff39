"""All routes of the console."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from vermilion.web.console.cases import (
    assign,
    attach,
    attachment,
    case,
    cases,
    cases_csv,
    link,
    note,
    unlink,
)
from vermilion.web.console.erasure import erase_now, erasure_page
from vermilion.web.console.find import find
from vermilion.web.console.judgement import judgement
from vermilion.web.console.judgements import judgements, judgements_csv
from vermilion.web.console.live import live
from vermilion.web.console.market import finding_page, market_page
from vermilion.web.console.may_i import plans, step
from vermilion.web.console.overview import overview
from vermilion.web.console.people import (
    add_key,
    add_person,
    disable,
    people,
    revoke_key,
    set_password,
    set_role,
)
from vermilion.web.console.resolving import confirm, end, resolve
from vermilion.web.console.rules import rule, rulebook, rulebooks
from vermilion.web.console.signing import (
    password_now,
    password_page,
    sign_in_now,
    sign_in_page,
    sign_out_now,
)
from vermilion.web.console.signing_key import signing_key
from vermilion.web.console.static_files import static_file
from vermilion.web.console.things import thing_page
from vermilion.web.console.webhooks import drop_one, resume_all, retry_one, webhooks_page


def console_handlers() -> list[HTTPRouteHandler]:
    """Return the console's route handlers, each with the right that it takes in `opt`."""
    found = [
        overview, live, judgements, judgements_csv, judgement, thing_page, find,
        cases, cases_csv, case, note, assign, attach, attachment, link, unlink, resolve, confirm, end,
        market_page, finding_page, rulebooks, rulebook, rule, plans, step,
        people, add_person, set_role, set_password, disable, add_key, revoke_key,
        erasure_page, erase_now, webhooks_page, resume_all, retry_one, drop_one,
        sign_in_page, sign_in_now, sign_out_now, password_page, password_now, signing_key,
        static_file,
    ]  # fmt: skip
    for handler in found:
        handler.include_in_schema = False
    return found
