"""Signing in and out, tokens, accounts and invitations over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post, put
from litestar.datastructures import Cookie, State
from litestar.params import Parameter
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import passwords, repository, service
from dispatch.accounts.granting import Reach, require_within
from dispatch.accounts.models import Account
from dispatch.accounts.schemas import (
    AccountChange,
    AccountIn,
    AccountOut,
    InvitationOut,
    MeOut,
    PasswordChange,
    PasswordIn,
    SignedInOut,
    SignInIn,
    TokenIn,
    TokenOut,
    TokenSeen,
)
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.errors import Malformed, NotFound, NotSignedIn
from kit.http.clients import client_of
from kit.http.requests import (
    SESSION_COOKIE,
    Page,
    check_version,
    credentials,
    decode_cursor,
    encode_cursor,
    expected_version,
)
from kit.qr import as_svg

CookieRequest = Request[Any, Any, Any]


def account_out(account: Account) -> AccountOut:
    """An account as HTTP says it."""
    return AccountOut(
        id=account.id,
        login=account.login,
        name=account.name,
        role=account.role,
        status=account.status.value,
        area_ids=account.area_ids,
        grid_ids=account.grid_ids,
        contractor=account.contractor,
        technician_id=account.technician_id,
        language=account.language,
        loopback_only=account.loopback_only,
        version=account.version,
    )


async def _checked(request: CookieRequest, state: State, login: str, password: str) -> UUID:
    """The account's id, in a transaction of its own: a failure must stay recorded though the request is refused.

    Few passwords are checked at a time, so that a burst of them leaves cores and connections to everybody else.
    """
    async with state.checking_passwords, state.database.transaction() as session:
        account = await service.check_password(session, login, password, client_of(request.scope))
    if account is None:
        raise NotSignedIn("account.wrong")
    return account.id


WRONG_PASSWORD = {"may_answer": (401, 429)}
"""Beside the operations that check a password: it can be wrong, and be tried too often."""


class SessionController(Controller):
    """Browsers sign in with a cookie, phones and partners with a bearer token."""

    path = "/api"
    tags = ["sessions"]  # noqa: RUF012 - Litestar reads it as is

    @post(
        "/sign-in",
        operation_id="signIn",
        summary="Sign in a browser",
        status_code=200,
        per_minute=120,
        keeps_answer=False,
        opt=WRONG_PASSWORD,
    )
    async def sign_in(
        self, data: SignInIn, request: CookieRequest, state: State, session: AsyncSession
    ) -> Response[SignedInOut]:
        """Sets a session cookie. A wrong login and a wrong password look alike; too many failures are 429."""
        account = await session.get_one(Account, await _checked(request, state, data.login, data.password))
        signed_in = await service.start_session(session, account)
        cookie = Cookie(
            key=SESSION_COOKIE,
            value=signed_in.secret,
            httponly=True,
            secure=state.settings.secure_cookies or request.scope["scheme"] == "https",
            samesite="strict",
            path="/",
        )
        body = SignedInOut(account=account_out(account), csrf_token=signed_in.csrf_token)
        return Response(body, cookies=[cookie])

    @post("/sign-out", operation_id="signOut", summary="Sign a browser out", status_code=204, per_minute=120)
    async def sign_out(self, request: CookieRequest, session: AsyncSession) -> Response[None]:
        """Ends the session of the cookie; without one nothing happens."""
        cookie = request.cookies.get(SESSION_COOKIE)
        if cookie:
            await service.end_session(session, cookie)
        return Response(None, status_code=204, cookies=[Cookie(key=SESSION_COOKIE, value="", max_age=0, path="/")])

    @get("/me", operation_id="getMe", summary="Who am I")
    async def me(self, request: CookieRequest, actor: Actor, session: AsyncSession) -> MeOut:
        """The account that asks."""
        account = await session.get(Account, actor.account_id) if actor.account_id else None
        if account is None:
            raise NotSignedIn("not_signed_in")
        return MeOut(account=account_out(account), csrf_token=request.auth)

    @post(
        "/tokens",
        operation_id="createToken",
        summary="A token for a phone or partner",
        per_minute=120,
        keeps_answer=False,
        opt=WRONG_PASSWORD,
    )
    async def create_token(
        self, data: TokenIn, request: CookieRequest, state: State, session: AsyncSession
    ) -> TokenOut:
        """A bearer token, shown once; the same refusals as signing in."""
        account = await session.get_one(Account, await _checked(request, state, data.login, data.password))
        token, secret = await service.create_token(session, account, data.name)
        return TokenOut(id=token.id, token=secret, expires_at=token.expires_at)

    @get("/tokens", operation_id="listTokens", summary="My tokens")
    async def tokens(self, actor: Actor, session: AsyncSession) -> list[TokenSeen]:
        """One's own tokens that still open something, the newest first. What does not look familiar can be revoked."""
        found = await repository.tokens(session, actor.account_id, real_now())
        return [
            TokenSeen(
                id=token.id, name=token.name, created_at=token.created_at, used_at=token.used_at,
                expires_at=token.expires_at,
            )
            for token in found
        ]  # fmt: skip

    @put(
        "/me/password", operation_id="changePassword", summary="Change my password", status_code=204, opt=WRONG_PASSWORD
    )
    async def change_password(
        self, data: PasswordChange, request: CookieRequest, state: State, actor: Actor, session: AsyncSession
    ) -> None:
        """Takes the current password too. Every other sign-in of mine ends; the one that asks goes on."""
        account = await session.get(Account, actor.account_id)
        if account is None:
            raise NotSignedIn("not_signed_in")
        passwords.check(data.password)
        checked = await _checked(request, state, account.login, data.current)
        account = await session.get_one(Account, checked, with_for_update=True, populate_existing=True)
        bearer, cookie = credentials(request)
        await service.set_password(session, account, data.password, but=bearer or cookie)

    @delete("/tokens/{token_id:uuid}", operation_id="revokeToken", summary="Revoke a token")
    async def revoke_token(self, token_id: UUID, actor: Actor, session: AsyncSession) -> None:
        """One's own token; an administrator may revoke those of the people in their areas."""
        await service.revoke_token(session, actor, token_id)

    @post("/invitations/{token:str}", operation_id="acceptInvitation", summary="Set a first password", status_code=200)
    async def accept(self, token: str, data: PasswordIn, session: AsyncSession) -> AccountOut:
        """The link works once; then sign in."""
        return account_out(await service.accept_invitation(session, token, data.password))


class AccountController(Controller):
    """Who may sign in; for administrators, within their areas."""

    path = "/api/accounts"
    tags = ["accounts"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listAccounts", summary="Accounts")
    async def find(
        self,
        actor: Actor,
        session: AsyncSession,
        q: Annotated[str | None, Parameter(description="Part of a login or name.", max_length=100)] = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[AccountOut]:
        """By login."""
        actor.require(Role.ADMINISTRATOR)
        after = None
        if cursor:
            login, last = decode_cursor(cursor, 2)
            try:
                after = (login, UUID(last))
            except ValueError as error:
                raise Malformed("malformed.cursor", field="cursor") from error
        found = await repository.page(session, actor, after, limit, q)
        shown = found[:limit]
        following = encode_cursor(shown[-1].login, shown[-1].id) if len(found) > limit else None
        return Page(items=[account_out(account) for account in shown], next_cursor=following)

    @post(operation_id="createAccount", summary="A new account")
    async def create(self, data: AccountIn, actor: Actor, session: AsyncSession) -> AccountOut:
        """Uninvited at first. You can give only what you have: your areas, grids and firm."""
        actor.require(Role.ADMINISTRATOR)
        reach = Reach(
            role=data.role,
            area_ids=None if data.area_ids is None else frozenset(data.area_ids),
            grid_ids=None if data.grid_ids is None else frozenset(data.grid_ids),
            contractor=data.contractor,
            technician_id=data.technician_id,
        )
        await require_within(session, actor, reach)
        account = await service.create_account(
            session,
            data.login,
            data.name,
            data.role,
            area_ids=data.area_ids,
            grid_ids=data.grid_ids,
            contractor=data.contractor,
            technician_id=data.technician_id,
            language=data.language,
        )
        return account_out(account)

    @get("/{account_id:uuid}", operation_id="getAccount", summary="One account")
    async def one(self, account_id: UUID, actor: Actor, session: AsyncSession) -> AccountOut:
        """404 outside your areas."""
        actor.require(Role.ADMINISTRATOR)
        return account_out(await _account(session, actor, account_id))

    @patch("/{account_id:uuid}", operation_id="changeAccount", summary="Change an account")
    async def change(
        self, account_id: UUID, data: AccountChange, actor: Actor, session: AsyncSession, request: CookieRequest
    ) -> AccountOut:
        """Send the version you saw in If-Match; 412 when somebody changed it first."""
        actor.require(Role.ADMINISTRATOR)
        account = await _account(session, actor, account_id, lock=True)
        await require_within(session, actor, Reach.of(account))
        check_version(account.version, expected_version(request), account_out(account))
        changes = {
            name: value
            for name in ("name", "role", "area_ids", "grid_ids", "contractor", "language")
            if (value := getattr(data, name)) is not UNSET
        }
        await require_within(session, actor, Reach.of(account).changed(changes))
        await service.change_account(session, account, changes)
        if data.disabled is True:
            await service.disable(session, account)
        return account_out(account)

    @post("/{account_id:uuid}/invitation", operation_id="inviteAccount", summary="Invite a person", keeps_answer=False)
    async def invite(
        self, account_id: UUID, request: CookieRequest, actor: Actor, session: AsyncSession
    ) -> InvitationOut:
        """A one-time link's secret, shown once; earlier ones stop working. With it the person sets a password."""
        actor.require(Role.ADMINISTRATOR)
        account = await _account(session, actor, account_id, lock=True)
        await require_within(session, actor, Reach.of(account))
        invitation, secret = await service.invite(session, account)
        site = f"{client_of(request.scope).scheme}://{request.headers.get('host', 'localhost')}"
        link = service.invitation_link(site, account.role, secret)
        return InvitationOut(token=secret, expires_at=invitation.expires_at, link=link, qr=as_svg(link))


async def _account(session: AsyncSession, actor: Actor, account_id: UUID, *, lock: bool = False) -> Account:
    account = await repository.one(session, actor, account_id, lock=lock)
    if account is None:
        raise NotFound("account.not_found")
    return account


ROUTES = (SessionController, AccountController)
