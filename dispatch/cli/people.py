"""`admin`, `technicians`: who may sign in, and who repairs."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from dispatch.cli import main
from dispatch.cli.city import existing
from dispatch.cli.runtime import Runtime, command, show


@main.group()
def admin() -> None:
    """The first administrator."""


@main.group()
def technicians() -> None:
    """The people who repair."""


@command(admin, "create")
@click.option("--login", default="admin", show_default=True, prompt="Login", help="What they sign in with.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="At least ten characters.")
async def create(runtime: Runtime, login: str, password: str) -> None:
    """The first administrator. For a login that exists, its password is reset and its sessions end."""
    from dispatch.accounts.service import create_administrator

    async with runtime.database.transaction() as session:
        account = await create_administrator(session, login, password)
    show(
        runtime,
        {"id": account.id, "login": account.login},
        lambda: [f"{account.login} may now sign in as administrator."],
    )


@command(technicians, "generate")
@click.argument("code")
@click.option("--per-grid", type=click.IntRange(1, 50), default=2, show_default=True, help="People to a grid.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same people.")
async def generate_people(runtime: Runtime, code: str, per_grid: int, seed: int) -> None:
    """Plausible people, shifts, skills and contracts for a trial. They cannot sign in until somebody invites them."""
    from dispatch.technicians.generate import generate

    area = await runtime.area(code)
    async with runtime.database.transaction() as session:
        result = await generate(session, area, per_grid, seed)
    show(runtime, result, result.lines)


@command(technicians, "import")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
async def import_people(runtime: Runtime, code: str, file: Path) -> int:
    """Technicians from CSV (UTF-8 or GB18030): employee_number, name, and what docs/operate.md lists.

    Exit 1 where a row was not taken; the others are kept.
    """
    from dispatch.technicians.importing import import_technicians

    area = await runtime.area(code)
    async with runtime.database.transaction() as session:
        result = await import_technicians(session, area, existing(file).read_bytes())
    show(runtime, result, result.lines)
    return 1 if result.rejected else 0


@command(technicians, "invite")
@click.argument("code")
@click.argument("employee_number")
@click.option(
    "--site", help="The address that phones reach, such as https://dispatch.example.org; by default what runs."
)
async def invite(runtime: Runtime, code: str, employee_number: str, site: str | None) -> None:
    """A one-time link for a technician's phone, as text and as a QR code; earlier ones stop working.

    It holds for seven days. A phone keeps a day without a network only from an HTTPS address, see docs/phones.md.
    """
    from dispatch.accounts.service import invitation_link, invite
    from dispatch.technicians.service import account_of_employee
    from kit.actor import Role
    from kit.processes.supervisor import running
    from kit.qr import in_terminal
    from kit.settings import settings

    area = await runtime.area(code)
    here = running(settings().data_home)
    address = site or (here.url if here is not None else "http://localhost:8000/")
    async with runtime.database.transaction() as session:
        account, name = await account_of_employee(session, area.id, employee_number)
        invitation, secret = await invite(session, account)
    link = invitation_link(address, Role.TECHNICIAN, secret)
    show(
        runtime,
        {"login": account.login, "link": link, "expiresAt": invitation.expires_at},
        lambda: [
            f"{name} signs in as {account.login} after opening, once, within seven days:",
            link,
            *in_terminal(link),
        ],
    )
