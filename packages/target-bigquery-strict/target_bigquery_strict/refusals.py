"""BigQuery's refusals as sentences, with the values of rows taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import Forbidden, GoogleAPICallError, NotFound, RetryError
from google.auth.exceptions import GoogleAuthError, TransportError

from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.retrying import is_refused_by_emulator, is_transient, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_bigquery_strict.rows import Batch

MESSAGES = 3
"""How many of a job's errors are quoted; they often repeat one another."""
LENGTH = 400
_LINE = re.compile(r"in (?:line|record/value) (\d+)")
_OFFSET = re.compile(r"starting at (?:position|location) (\d+)")
# From a quotation mark to the next one that could close it: values may have some, too.
_QUOTED = re.compile(r"(?<![\w\\])(['\"`]).*?(?<!\\)\1(?!\w)", re.DOTALL)
# BigQuery quotes some values without quotation marks.
_BARE = re.compile(
    r"(?i:(?<=value: ))[^;]*?(?=\s+Field:|;|$)"
    r"|(?<=value of )\S+|(?<=starts with: ).*|<[^>]*>"
)
_INVALID = re.compile(r"(?i)(invalid (?!input error)[\w ]+: )[^;]*?(?=\s+field:|;|$)")
_SHORTEST = 3
"""Characters of a value that is looked for in a message."""


def refusal(
    stream: str, error: Exception, batch: Batch | None, columns: Iterable[str]
) -> LoadError:
    """Say why the rows of a stream could not be loaded, and what to do.

    `batch` holds the rows of the load that failed, if it was a load.
    """
    error = _cause(error)
    head = f"The rows of stream '{stream}' could not be loaded"
    if unreachable := _unreachable(error, " for ten minutes"):
        return LoadError(f"{head}: {unreachable}")
    messages = list(_messages(error))
    if known := _known(error, messages):
        return LoadError(f"{head}: {known}")
    where, said = _without_values(messages, batch, columns)
    return LoadError(
        f"{head}: BigQuery refused them{where}. It says: {said} Nothing of this batch was merged,"
        " and no state was written for it. Correct the cause and run it again."
    )


def undeleted(stream: str, error: Exception) -> LoadError:
    """Say that rows were merged, but that others could not be deleted."""
    said, _ = _masked(" ".join(_messages(_cause(error))), {}, set())
    return LoadError(
        f"The rows of stream '{stream}' were merged, but rows that are gone could not be deleted or"
        f" marked as deleted. BigQuery says: {said} No state was written. Run it again."
    )


def explained(error: Exception) -> str:
    """Say why BigQuery refused a request that carried no rows of a stream, and what to do."""
    error = _cause(error)
    messages = list(_messages(error))
    return (
        _unreachable(error, "")
        or _known(error, messages)
        or f"BigQuery refused it. It says: {_shortened(' '.join(messages))}"
    )


def _cause(error: Exception) -> Exception:
    return error.cause or error if isinstance(error, RetryError) else error


def _unreachable(error: Exception, how_long: str) -> str:
    if is_refused_by_emulator(error):
        return (
            "nothing listens at BIGQUERY_EMULATOR_HOST. Start the local BigQuery, or unset the"
            " variable to load into Google's."
        )
    if is_transient(error):
        who = "Google, which knows the key," if isinstance(error, TransportError) else "BigQuery"
        return f"{who} did not answer{how_long} ({shown(error)}). Run it again."
    if isinstance(error, GoogleAuthError):
        return (
            f"Google did not accept the credentials ({shown(error)}). Check credentials_path, or"
            " run: gcloud auth application-default login"
        )
    return ""


def _messages(error: Exception) -> Iterator[str]:
    """Yield what BigQuery says: the job's own list of errors if there is one."""
    found = [str(one["message"]) for one in _errors(error) if "message" in one]
    own = error.message if isinstance(error, GoogleAPICallError) else str(error)
    # Google's client appends the location and the id of the job.
    yield from dict.fromkeys(found or [str(own).partition("\n\nLocation:")[0]])


def _errors(error: Exception) -> list[dict[str, Any]]:
    errors = error.errors if isinstance(error, GoogleAPICallError) else ()
    return [one for one in errors or () if isinstance(one, dict)]


def _known(error: Exception, messages: list[str]) -> str:
    text = " ".join(messages)
    reasons = {one.get("reason") for one in _errors(error)}
    if "billingNotEnabled" in reasons or "billing has not been enabled" in text.lower():
        return (
            "the project has no billing, so BigQuery runs no MERGE there (its sandbox has no DML)."
            " Enable billing for the project."
        )
    if "quotaExceeded" in reasons:
        return f"a quota of the project is used up. BigQuery says: {_shortened(text)}"
    if "accessNotConfigured" in reasons or "has not been used in project" in text:
        return (
            "the project does not use BigQuery's API yet. Run: gcloud services enable"
            " bigquery.googleapis.com"
        )
    if isinstance(error, Forbidden):
        return (
            "the account lacks a role. It needs roles/bigquery.jobUser on the project and"
            f" roles/bigquery.dataEditor on the dataset. BigQuery says: {_shortened(text)}"
        )
    if isinstance(error, NotFound):
        return (
            "BigQuery does not find the project, the dataset or the table. Check project, dataset"
            f" and location. BigQuery says: {_shortened(text)}"
        )
    return ""


def _without_values(
    messages: list[str], batch: Batch | None, columns: Iterable[str]
) -> tuple[str, str]:
    """Return where the row is, and the messages without its values."""
    named = set(columns)
    for message in messages:
        number = _row_number(message, batch)
        row = batch.row(number) if batch is not None and number else {}
        if row:
            said, column = _masked(message, row, named)
            where = f" because of column '{column}'" if column else ""
            return f"{where} in row {number:,} of the {batch.rows:,}", said  # type: ignore[union-attr]
    return "", " ".join(_masked(message, {}, named)[0] for message in messages[:MESSAGES])


def _row_number(message: str, batch: Batch | None) -> int:
    if found := _LINE.search(message):
        return int(found[1])
    if batch is not None and (found := _OFFSET.search(message)):
        return batch.row_at(int(found[1]))
    return 0


def _masked(message: str, row: dict[str, Any], columns: set[str]) -> tuple[str, str]:
    """Replace the row's values and whatever is quoted; also return the column of such a value."""
    column = ""
    for name, value in sorted(_texts(row), key=lambda item: -len(item[1])):
        if value in message and value not in columns:
            message = message.replace(value, "…")
            column = column or name
    message = _QUOTED.sub(lambda found: _kept(found[0], columns), message)
    message = _INVALID.sub(r"\1…", _BARE.sub("…", message))
    return _shortened(message), column


def _kept(quotation: str, columns: set[str]) -> str:
    """Keep a quoted name of a column, and nothing else."""
    return quotation if quotation[1:-1] in columns else f"{quotation[0]}…{quotation[-1]}"


def _texts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the values of a row, also nested ones, as they may occur in a message."""
    for name, value in row.items():
        parts = value.values() if isinstance(value, dict) else value
        for part in parts if isinstance(parts, list | type({}.values())) else (value,):
            text = str(part)
            if len(text) >= _SHORTEST and not isinstance(part, bool) and part is not None:
                yield name, text


def _shortened(text: str) -> str:
    """Return an external message as one line of limited length that ends with a stop."""
    line = " ".join(text.split())
    line = line if len(line) <= LENGTH else f"{line[:LENGTH]}…"
    return line if line.endswith((".", "…")) else f"{line}."
