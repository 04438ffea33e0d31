"""Deliveries as people and machines are shown them.

Place in the pipeline: a part of the doors `dispatch` and `timetable`. In: deliveries of the ledger; out: lines, or
JSON.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .deliveries import Delivery


def delivery_line(delivery: Delivery) -> str:
    """Return a delivery on one line."""
    from .deliveries import OWED
    from .delivery.base import UNKNOWN

    who = delivery.address or f"channel '{delivery.channel}'"
    kind = f" erratum for {delivery.wrong}" if delivery.wrong else ""
    said = f"  {delivery.said}" if delivery.said else ""
    again = f"; next {delivery.next_try}" if delivery.state == OWED and delivery.attempt else ""
    ask = f"; did it arrive? briefing deliveries --decide sent|again {delivery.id}" if delivery.state == UNKNOWN else ""
    return f"{who}  {delivery.topic}/{delivery.edition} {delivery.language}{kind}: {delivery.state}{said}{again}{ask}"


def delivery_value(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery for machines."""
    return {"id": delivery.id, **asdict(delivery)}
