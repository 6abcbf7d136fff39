"""The HTTP interface for programs, under /v1, with health and metrics beside it."""

from vermilion.web.api.cases import (
    add_link,
    assign_case,
    attach_file,
    list_cases,
    read_attachment,
    read_case,
    remove_link,
    write_note,
)
from vermilion.web.api.erasure import erase_party
from vermilion.web.api.events import submit_event, submit_events
from vermilion.web.api.health import is_live, is_ready, metrics
from vermilion.web.api.judgements import (
    explain_judgement,
    list_judgements,
    read_customer_answer,
    read_judgement,
    read_passing,
)
from vermilion.web.api.lists import add_list, list_lists, remove_list
from vermilion.web.api.live import watch
from vermilion.web.api.market import list_findings, read_finding, read_market
from vermilion.web.api.permits import read_permit, read_permit_key
from vermilion.web.api.reconciliation import read_reconciliation
from vermilion.web.api.resolutions import (
    confirm,
    name_record,
    prepare,
    resolve,
    resolve_signed,
    withdraw,
)
from vermilion.web.api.things import read_thing
from vermilion.web.api.waiting import list_missing, list_waiting
from vermilion.web.api.webhooks import (
    drop_message,
    list_parked,
    list_webhooks,
    resume_webhook,
    retry_message,
)

API_HANDLERS = [
    submit_event,
    submit_events,
    list_judgements,
    read_judgement,
    explain_judgement,
    read_customer_answer,
    read_passing,
    read_permit,
    read_permit_key,
    read_thing,
    erase_party,
    list_missing,
    list_cases,
    read_case,
    write_note,
    assign_case,
    attach_file,
    read_attachment,
    add_link,
    remove_link,
    list_waiting,
    resolve,
    confirm,
    withdraw,
    name_record,
    prepare,
    resolve_signed,
    read_reconciliation,
    read_market,
    list_findings,
    read_finding,
    list_lists,
    add_list,
    remove_list,
    list_webhooks,
    list_parked,
    resume_webhook,
    retry_message,
    drop_message,
    watch,
    is_live,
    is_ready,
    metrics,
]
"""Every route of the interface."""
