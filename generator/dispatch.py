"""The commands of distribution: `briefing send`, `deliveries`, `recall` and `suppress`.

Place in the pipeline: a door, a part of the command line (step 8 Deliver). In: what was typed; out: the postman's
answer.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .answering import Json, answer, open_workspace, print_json, print_lines, say, show_rows
from .errors import UsageError
from .waybills import delivery_line, delivery_value

if TYPE_CHECKING:
    from .deliveries import Delivery
    from .postman import Round
    from .roster import Choice, Entry
    from .service import Service

app = typer.Typer()


def _now() -> datetime:
    return datetime.now(UTC)


def _service() -> Service:
    from .service import Service

    return Service(open_workspace(), _now)


@app.command()
def send(
    edition: Annotated[
        str, typer.Argument(metavar="EDITION", help="economy/2026-11-22.3; economy: its newest; none: what is owed.")
    ] = "",
    to: Annotated[str, typer.Option("--to", metavar="LIST", help="One list; default: every list.")] = "",
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Show who would get what, and why not; send nothing.")
    ] = False,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Send an edition to its recipients, each once, and whatever else is owed and due."""
    if to and not edition:
        raise UsageError("--to without an edition", hint="briefing send EDITION --to LIST")
    with _service() as service:
        postman = service.postman
        entries = postman.plan(_choice(edition, to)) if edition else ()
        if dry_run:
            answer([_entry_value(each) for each in entries], map(_entry_line, entries), as_json=as_json)
            return
        postman.owe(entries)
        done = postman.deliver()
        service.keep_copy()
    _show_round(done, entries, as_json=as_json)


def _choice(edition: str, to: str) -> Choice:
    from .exhibit import locate
    from .roster import Choice

    topic, id_ = locate(open_workspace().reports, edition)
    return Choice(topic, id_, to)


def _show_round(done: Round, entries: tuple[Entry, ...], *, as_json: bool) -> None:
    from .deliveries import OWED
    from .delivery.base import REFUSED, UNKNOWN

    for problem in done.problems:
        say(problem)
    left = [each for each in entries if not each.gets]
    lines = [*map(delivery_line, done.deliveries), *map(_entry_line, left)] or ["nothing was owed"]
    said = {"deliveries": [delivery_value(each) for each in done.deliveries], "problems": list(done.problems)}
    answer({**said, "left out": [_entry_value(each) for each in left]}, lines, as_json=as_json)
    states = {each.state for each in done.deliveries}
    if states & {REFUSED, UNKNOWN}:
        raise typer.Exit(1)
    if done.problems or OWED in states:
        raise typer.Exit(3)


@app.command()
def deliveries(
    what: Annotated[str, typer.Argument(metavar="EDITION|ID", help="Of an edition, or one; none: all.")] = "",
    state: Annotated[str, typer.Option(metavar="STATE", help="Those that are owed, sent, refused, unknown, …")] = "",
    decide: Annotated[str, typer.Option(metavar="sent|again", help="An unknown one arrived, or is sent again.")] = "",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """List what was delivered to whom, and decide on what is unknown."""
    from .deliveries import STATES

    if decide and (decide not in ("sent", "again") or not what):
        raise UsageError(f"--decide {decide}", hint="briefing deliveries --decide sent|again ID")
    if state and state not in STATES:
        raise UsageError(f"--state {state}", hint=f"One of: {', '.join(STATES)}.")
    with _service() as service:
        if decide:
            found: tuple[Delivery, ...] = (service.postman.decide(what, sent=decide == "sent"),)
        else:
            found = _listed(service, what, state)
        attempts = {each.id: service.deliveries.attempts(each.id) for each in found if as_json or each.id == what}
    if as_json:
        print_json([{**delivery_value(each), "attempts": [asdict(one) for one in attempts[each.id]]} for each in found])
        return
    print_lines(map(delivery_line, found))
    print_lines(
        f"  attempt {one.attempt}: {one.begun} {one.state} {one.said}" for each in attempts.values() for one in each
    )


def _listed(service: Service, what: str, state: str) -> tuple[Delivery, ...]:
    from .exhibit import locate

    if what and (one := service.deliveries.one(what)):
        return (one,)
    topic, edition = locate(open_workspace().reports, what) if what else ("", "")
    return service.deliveries.of(topic, edition, (state,) if state else ())


@app.command()
def recall(
    edition: Annotated[str, typer.Argument(metavar="EDITION", help="economy/2026-11-22.3: what is wrong.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong with it; every recipient reads it.")],
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Call an edition back: mark it, and send the corrected one to exactly those who hold it."""
    from .exhibit import locate

    topic, id_ = locate(open_workspace().reports, edition)
    if not id_ or not reason.strip():
        found = "no edition is named" if not id_ else "--reason is empty"
        raise UsageError(found, where=edition, hint='briefing recall economy/2026-11-22.3 --reason "…"')
    with _service() as service:
        recalled = service.postman.recall(topic, id_, " ".join(reason.split()))
        for each in recalled.unknown:
            say(f"{delivery_line(each)}; once it is decided that he holds it, he gets the erratum too")
        done = service.postman.deliver()
        service.keep_copy()
    if not as_json:
        print_lines([f"{topic}/{id_}: {recalled.recall}", f"{len(recalled.errata)} errata are owed"])
    _show_round(done, (), as_json=as_json)


@app.command()
def suppress(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who gets nothing more; none: list them.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown wherever the address is left out.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Send to the address again.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Send nothing to an address any more, whatever list it is on; without one, list those addresses."""
    with _service() as service:
        if address and lift and not service.deliveries.allow(address):
            raise UsageError(f"'{address}' was not suppressed", hint="briefing suppress")
        if address and not lift:
            service.deliveries.suppress(address, "", reason or "by the operator", _now())
        known = service.deliveries.suppressed()
    show_rows(
        [
            {"address": who, "list": list_ or "every list", "since": since, "reason": why}
            for (who, list_), (why, since) in known.items()
        ],
        as_json=as_json,
    )


# --- showing --------------------------------------------------------------------------------------


def _entry_line(entry: Entry) -> str:
    delivery = entry.delivery
    what = f"{delivery.topic}/{delivery.edition}" if delivery.edition else delivery.topic
    who = delivery.address or f"channel '{delivery.channel}'"
    said = f"nothing: {entry.why}" if entry.why else "gets it"
    return f"{who}  {what} {delivery.language} ({entry.recipient.list}, {delivery.channel}): {said}"


def _entry_value(entry: Entry) -> dict[str, Any]:
    return {**delivery_value(entry.delivery), "list": entry.recipient.list, "gets": entry.gets, "why": entry.why}
