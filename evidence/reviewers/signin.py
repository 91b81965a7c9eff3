"""Single-use sign-in links: minted at the shell, used once, short-lived."""

from datetime import timedelta
from uuid import UUID

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Gone, Invalid
from evidence.reviewers.reviewer import Reviewer, get
from evidence.reviewers.roles import Role
from evidence.reviewers.token import new_token, token_sha256

LINK_LIVES = timedelta(minutes=15)


def mint_link(conn: Connection, name: str, role: str, *, lives: timedelta = LINK_LIVES) -> str:
    """Return the token of a new link for `name`, creating the reviewer, or moving them to `role`.

    Raises `Invalid` for an unknown role or an impossible name, `Conflict` where the account is off.
    """
    if role not in tuple(Role):
        raise Invalid(f"There is no role {role!r}; choose one of {', '.join(Role)}.", code="unknown_role")
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise Invalid("A reviewer's name has between 1 and 100 characters.", code="bad_name")
    reviewer = _ensure(conn, name, Role(role))
    token = new_token()
    conn.execute(
        "INSERT INTO signin_link (token_sha256, reviewer_id, expires_at)"
        " VALUES (%s, %s, clock_timestamp() + %s)",
        [token_sha256(token), reviewer.id, lives],
    )
    ledger.append(conn, reviewer.id, "signin_link_minted", "operator", {"role": role})
    return token


def use_link(conn: Connection, token: str) -> Reviewer:
    """Use a link up and return whose it was.

    The conditional UPDATE lets one of two simultaneous uses win. Raises `Gone` where the link is unknown,
    used or too old: all three look the same to whoever tries.
    """
    used = conn.execute(
        "UPDATE signin_link SET used_at = clock_timestamp()"
        " WHERE token_sha256 = %s AND used_at IS NULL AND expires_at > clock_timestamp()"
        " RETURNING reviewer_id",
        [token_sha256(token)],
    ).fetchone()
    reviewer = get(conn, used[0]) if used else None
    if reviewer is None or not reviewer.active:
        raise Gone(
            "This sign-in link was used already, or is too old. Ask for a new one.", code="signin_link_spent"
        )
    return reviewer


def _ensure(conn: Connection, name: str, role: Role) -> Reviewer:
    row = conn.execute(
        "INSERT INTO reviewer (name, role) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET role = excluded.role RETURNING id, active",
        [name, role],
    ).fetchone()
    if row is None or not row[1]:
        raise Conflict(f"The account of {name} is switched off.", code="account_off")
    reviewer_id: UUID = row[0]
    return Reviewer(id=reviewer_id, name=name, role=role, active=True)
