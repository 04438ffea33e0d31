"""PostgreSQL servers: one SELECT, read-only, within a deadline, through the same gate as every other address.

Place in the pipeline: base of `inquiry`, which asks with it; the child that reads answers has no network. In: a request
whose address is the database's; out: its rows, a line of JSON each, numbers as numbers.
https://www.postgresql.org/docs/current/protocol.html
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlsplit

from .answers import Request
from .errors import OutsideError
from .network import Deadline, Gate

ROWS = 100_000
_PORT = 5432


def ask_server(request: Request, gate: Gate, deadline: Deadline) -> Iterator[bytes]:
    """Yield the rows of a query as JSON, a line each; `request.accept` is the query, its secret the password."""
    import pg8000.native

    parts = urlsplit(request.address)
    host, port = parts.hostname or "", parts.port or _PORT
    gate.addresses(host, port)
    password = next((value for _, value in request.secrets), None)
    # A server across the internet must show a certificate; one that the operator named may do without.
    trust = None if gate.names(host, port) else ssl.create_default_context()
    try:
        with pg8000.native.Connection(
            parts.username or "postgres", host=host, port=port, database=parts.path.lstrip("/"), password=password,
            timeout=max(1.0, deadline.left), ssl_context=trust, application_name="briefing",
        ) as connection:  # fmt: skip
            connection.run(f"SET statement_timeout = {max(1, int(deadline.left * 1000))}")
            connection.run("START TRANSACTION READ ONLY")
            query = request.accept.strip().rstrip(";")
            # The query is the workspace's own, and the transaction cannot write.
            found = connection.run(f"SELECT * FROM ({query}\n) AS asked LIMIT {ROWS + 1}")  # noqa: S608
            names = [column["name"] for column in connection.columns or ()]
            for row in found or ():
                told = (f"{json.dumps(name)}: {_literal(value)}" for name, value in zip(names, row, strict=True))
                yield f"{{{', '.join(told)}}}\n".encode()
    except pg8000.native.DatabaseError as error:
        said = error.args[0] if error.args else error
        message = said.get("M", said) if isinstance(said, dict) else said
        hint = "Check the query, the password and the rights."
        raise OutsideError(f"PostgreSQL says: {message}", where=request.address, hint=hint) from error
    except (pg8000.native.InterfaceError, OSError) as error:
        raise OutsideError(f"no connection: {error}", where=request.address, hint="Try again later.") from error


def _literal(value: object) -> str:
    """Return a value as JSON writes it, a number with all of its digits."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and Decimal(value).is_finite():
        return f"{Decimal(str(value)):f}"
    return json.dumps(None if value is None else str(value), ensure_ascii=False)


__all__ = ["ROWS", "ask_server"]
