"""Who may do what: the table, and each role against each right over HTTP."""

from __future__ import annotations

from typing import get_args

import pytest
from litestar import get

from vermilion.web.access import RIGHTS, ROLES, Access, Right, Role, allowed
from vermilion.web.access.authenticate import check_rights

from .world import application, browser

TABLE = """
submit         platform sandbox
read_own       platform officer reviewer auditor
read           officer reviewer auditor
read_personal  officer reviewer auditor
resolve        officer
work_cases     officer reviewer
read_rules     platform officer reviewer auditor admin sandbox
read_lists     officer reviewer auditor admin
administer     admin
metrics        auditor admin
public         platform officer reviewer auditor admin sandbox nobody
"""
EXPECTED = {line.split()[0]: set(line.split()[1:]) for line in TABLE.strip().splitlines()}


def test_the_table() -> None:
    """Each right belongs to exactly the roles that are written down a second time here."""
    assert set(RIGHTS) == set(get_args(Right)) == set(EXPECTED)
    for right in RIGHTS:
        named = {
            "nobody" if role is None else role for role in (None, *ROLES) if allowed(role, right)
        }
        assert named == EXPECTED[right], right


@pytest.mark.parametrize("role", [*ROLES, None])
def test_each_role_against_each_right(access: Access, role: Role | None) -> None:
    """A route answers 200 to the roles of its right, 403 to others and 401 to nobody."""
    headers = {}
    if role is not None:
        key = access.add_key("k", role, "olga" if role == "officer" else None)
        headers["Authorization"] = f"Bearer {key}"
    refused = 401 if role is None else 403
    with browser(application(access)) as client:
        for right, roles in EXPECTED.items():
            expected = 200 if (role or "nobody") in roles else refused
            assert client.get(f"/{right}", headers=headers).status_code == expected
            assert client.post(f"/{right}", headers=headers).status_code == expected


def test_a_route_without_a_right(access: Access) -> None:
    """It keeps the application from starting, and opens to nobody where nobody checked."""

    @get("/open")
    async def forgotten() -> str:
        return "secret"

    @get("/wrong", opt={"right": "everything"})
    async def misspelt() -> str:
        return "secret"

    app = application(access, routes=[forgotten, misspelt])
    with pytest.raises(RuntimeError, match=r"/open .*/wrong "):
        check_rights(app)
    app.on_startup = []
    admin = {"Authorization": f"Bearer {access.add_key('k', 'admin')}"}
    with browser(app) as client:
        for path in ("/open", "/wrong"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers=admin).status_code == 403


def test_the_application_checks_at_start(access: Access) -> None:
    """The check runs before anything is served."""

    @get("/open")
    async def forgotten() -> str:
        return "secret"

    with (
        pytest.raises(ExceptionGroup) as refused,
        browser(application(access, routes=[forgotten])),
    ):
        pass
    assert str(refused.value.exceptions[0]) == "routes without a right: /open (forgotten)"
