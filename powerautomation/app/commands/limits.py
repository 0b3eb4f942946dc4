"""``powerautomation limits``: limits and budgets without the console."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="Create, list and delete limits and budgets.", no_args_is_help=True)


class Subject(StrEnum):
    """Whom a limit is for."""

    organization = "organization"
    unit = "unit"
    project = "project"
    person = "person"
    key = "key"


class Measured(StrEnum):
    """What a limit counts."""

    requests = "requests"
    tokens = "tokens"
    money = "money"
    concurrency = "concurrency"


class Period(StrEnum):
    """In which window a limit counts."""

    minute = "minute"
    hour = "hour"
    day = "day"
    week = "week"
    month = "month"


@app.command()
def create(
    subject: Annotated[Subject, typer.Option("--for", help="Whom it is for.")],
    measure: Annotated[Measured, typer.Option("--measure", help="What it counts.")],
    amount: Annotated[str, typer.Option("--amount", metavar="NUMBER", help="How much; money in units, such as 12.50.")],
    of: Annotated[
        str, typer.Option("--of", metavar="ID", help="The key's, person's or unit's id, or the project's name.")
    ] = "",
    window: Annotated[Period | None, typer.Option("--window", help="In which window; none for concurrency.")] = None,
    burst: Annotated[
        int | None, typer.Option("--burst", help="How much may be used at once, in a minute or an hour.")
    ] = None,
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="Of money, such as USD.")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Create a limit. Running servers know it within five seconds."""
    import asyncio

    settings = settings_of(data, config)
    whole = _amount(measure.value, amount)

    async def work() -> str:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.gateway.limits import NewLimit, create_limit

        # The service checks what belongs together.
        new = NewLimit(
            subject.value,
            of,
            measure.value,
            window.value if window else "",
            whole,
            burst,
            currency.upper(),
        )
        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                limit_id = await create_limit(session, installation.admin, new)
            await until_servers_know(installation)
            return limit_id

    typer.echo(f"Created {asyncio.run(work())}.")


@app.command("list")
def list_limits(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the limits, and how much of the budgets the ledger knows to be used."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.gateway.limits import InProcessCounters, list_limits
        from powerautomation.gateway.metering import stated_rates

        async with opened(settings) as installation, installation.database.read() as session:
            rates = stated_rates(settings.exchange_rates)
            return await list_limits(session, InProcessCounters(), rates, installation.admin.organization_id)

    found = asyncio.run(work())
    if json:
        print_json(
            [
                {
                    "id": one.limit.id,
                    "subject_kind": one.limit.subject_kind,
                    "subject_id": one.limit.subject_id,
                    "measure": one.limit.measure,
                    "window": one.limit.window,
                    "amount": one.limit.amount,
                    "currency": one.limit.currency,
                    "used": one.used if one.limit.is_budget else None,
                }
                for one in found
            ]
        )
        return
    if not found:
        typer.echo("There are no limits yet. See: powerautomation limits create --help")
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from powerautomation.gateway.limits import amount_words

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("ID", "FOR", "AT MOST", "USED"):
        table.add_column(title, no_wrap=title == "ID")
    for one in found:
        limit = one.limit
        period = f" a {limit.window}" if limit.window else ""
        whose = f"{limit.subject_kind} {one.subject_name}".strip()
        spent = amount_words(limit, one.used) if limit.is_budget and one.used is not None else "–"
        table.add_row(limit.id, escape(whose), f"{amount_words(limit, limit.amount)}{period}", spent)
    Console(soft_wrap=True).print(table)


@app.command()
def delete(
    limit_id: Annotated[str, typer.Argument(metavar="ID", help="The limit's id, as `limits list` shows it.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Delete a limit: running servers forget it within five seconds."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> None:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.gateway.limits import delete_limit

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                await delete_limit(session, installation.admin, limit_id)
            await until_servers_know(installation)

    asyncio.run(work())
    typer.echo(f"Deleted {limit_id}.")


def _amount(measure: str, text: str) -> int:
    """Return an amount as limits count it. Raises typer.BadParameter."""
    try:
        number = Decimal(text)
        if not number.is_finite() or abs(number) > 10**16:
            raise InvalidOperation
    except InvalidOperation:
        raise typer.BadParameter(f"“{text}” is not a number.", param_hint="--amount") from None
    scaled = number * 10**9 if measure == "money" else number
    if scaled != scaled.to_integral_value():
        raise typer.BadParameter("This is finer than can be counted.", param_hint="--amount")
    return int(scaled)
