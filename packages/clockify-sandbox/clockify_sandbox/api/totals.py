"""The `totals` and `amounts` that reports show: seconds, and money in minor units."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.api.query import ReportQuery
    from clockify_sandbox.world.model import Entry

Json = dict[str, object]


def totals(
    call: Call, query: ReportQuery, entries: Sequence[Entry], *, excluded: bool = False
) -> list[Json | None]:
    """Sum up a report; the list may hold null instead, even if the report has rows."""
    choice = call.options.totals_null
    if excluded or choice == "always" or (choice == "when_empty" and not entries):
        return [None]
    if query.running:
        return [_totals(query, entries)]  # grows while the timers run
    key = ("totals", call.contents.version, id(entries), query.amounts, query.rounding is None)
    _, result = call.api.cache.get(key, lambda: (entries, _totals(query, entries)))
    return [result]


def _totals(query: ReportQuery, entries: Sequence[Entry]) -> Json:
    total = billable = 0
    sums: dict[str, list[float]] = {}
    for entry in entries:
        seconds = query.seconds(entry)
        total += seconds
        if entry.billable:
            billable += seconds
        of_currency = sums.setdefault(entry.currency, [0.0] * len(query.amounts))
        for number, amount in enumerate(query.amounts_of(entry, seconds)):
            of_currency[number] += amount
    amounts = [
        {
            "type": kind,
            "value": sum(each[number] for each in sums.values()),
            "amountByCurrency": _by_currency(sums, number),
        }
        for number, kind in enumerate(query.amounts)
    ]
    return {
        "_id": "",
        "totalTime": total,
        "totalBillableTime": billable,
        "entriesCount": len(entries),
        "numOfCurrencies": len(sums),
        "totalAmount": amounts[0]["value"] if amounts else None,
        # The type of "nothing" differs: an object if amounts are hidden, otherwise a list.
        "totalAmountByCurrency": _by_currency(sums, 0) if amounts else {},
        "amounts": amounts,
    }


def _by_currency(sums: dict[str, list[float]], number: int) -> list[Json]:
    return [{"currency": currency, "amount": sums[currency][number]} for currency in sorted(sums)]
