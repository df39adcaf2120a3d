"""Input that cannot be loaded: a sentence, exit code 1, no STATE, and nothing in the tables."""

from __future__ import annotations

import gzip
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
from strict_proxy import Fault
from strict_support import HOURS, hours, lines, load_of, record, schema, state
from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.refusals import refusal
from target_bigquery_strict.rows import Batch

if TYPE_CHECKING:
    from pathlib import Path

    from strict_proxy import Proxy
    from strict_support import Strict

DAYS = {"id": {"type": "integer"}, "day": {"type": ["string", "null"], "format": "date"}}


def refused(strict: Strict, messages: Any, **settings: Any) -> str:
    """Return why a run failed; it printed no STATE, since it raised before."""
    with pytest.raises(LoadError) as error:
        strict.load(messages, **settings)
    return str(error.value)


def test_poisoned_row(strict: Strict) -> None:
    rows = [record(hours(number)) for number in range(1_000)]
    rows[500] = record(hours(500, person="Ada Lovelace", hours="12,50 EUR"))
    loaded = strict.run([schema(), *rows, state()])
    assert (loaded.code, loaded.states) == (1, [])
    (said,) = (line for line in loaded.log.splitlines() if "ERROR" in line)
    assert "The rows of stream 'hours' could not be loaded" in said
    assert "because of column 'hours' in row 501 of the 1,000" in said
    assert "Failed to cast value to numerical" in said
    assert "12,50" not in loaded.log
    assert "Ada" not in loaded.log
    assert "Traceback" not in loaded.log
    assert strict.rows() == []
    assert strict.tables() == ["hours"]


def test_other_streams_are_loaded(strict: Strict, caplog: pytest.LogCaptureFixture) -> None:
    bad = record({"id": 1, "day": "never"}, "days")
    days = [schema("days", DAYS), bad]
    said = refused(strict, [*days, schema("worse", DAYS), {**bad, "stream": "worse"}, *load_of(3)])
    assert len(strict.rows()) == 3
    assert strict.tables() == ["days", "hours", "worse"]
    assert {"days", "worse"} == {
        name for name in ("days", "worse") if f"'{name}'" in said or f"'{name}'" in caplog.text
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"person": "secret"}, "its key 'id' is missing, null, a list or an object"),
        ({"id": None, "person": "secret"}, "its key 'id' is missing, null, a list or an object"),
        ({"id": {"a": 1}}, "its key 'id' is missing, null, a list or an object"),
        ({"id": 1, "other": "secret"}, "unknown field `other`"),
    ],
)
@pytest.mark.parametrize("size", [1_000_000, 1])
def test_record_that_does_not_fit(
    strict: Strict, row: dict[str, Any], said: str, size: int
) -> None:
    messages = [schema(), record(row), state()]
    found = refused(strict, messages, batch_size_rows=size)
    assert "stream 'hours' does not fit its SCHEMA" in found
    assert said in found
    assert "secret" not in found


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"type": "string"}, "is FLOAT64, but the stream's SCHEMA says STRING"),
        ({"type": "array", "items": {"type": "number"}}, "says a list of FLOAT64"),
        ({"type": "string", "format": "date"}, "says DATE"),
        ({"type": "integer"}, "says INT64"),
    ],
)
def test_conflict_of_types_is_found_before_anything_is_loaded(
    strict: Strict, declared: dict[str, Any], said: str
) -> None:
    strict.load(load_of(2))
    conflict = [schema(properties={**HOURS, "hours": declared}), record({"id": 1, "hours": None})]
    found = refused(strict, [*conflict, *load_of(3, "other")])
    assert "Column 'hours' of table" in found
    assert said in found
    assert strict.rows("other") == []


@pytest.mark.parametrize(
    ("properties", "keys", "said"),
    [
        ({"id": {"type": "integer"}, "a.b": {"type": "string"}}, ["id"], "'a.b' of stream 'hours'"),
        ({"id": {"type": "integer"}, "ID": {"type": "string"}}, ["id"], "differ in case alone"),
        ({"id": {"type": "object"}}, ["id"], "cannot be part of the key"),
        ({"id": {"type": "integer"}}, ["other"], "names 'other', which is no column"),
        ({"id": {"type": "integer"}, "_sdc_row": {}}, ["id"], "is no name of a BigQuery column"),
    ],
)
def test_schema_that_cannot_be_a_table(
    strict: Strict, properties: dict[str, Any], keys: list[str], said: str
) -> None:
    assert said in refused(strict, [schema(properties=properties, keys=keys), state()])


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"no json\n", "Line 1 of the input is not a Singer message"),
        (b'{"stream": "hours"}\n', "Line 1 of the input is not a Singer message"),
        (b'{"type": "EVENT"}\n', "Line 1 of the input has a message of an unknown type"),
        (lines([record(hours(1))]), "before the SCHEMA of it"),
        (b'{"type": "SCHEMA", "stream": "hours"}\n', "without properties"),
        (lines([schema()]) + b'{"type": "RECORD", "stream": "hours"}\n', "does not fit"),
        (lines([schema(), record({})])[:-1].replace(b"{}", b"[1]") + b"\n", "does not fit"),
        (b'{"type": "STATE"}\n', "is a STATE without a value"),
        (lines([schema()]) + b'{"type": "RECORD", "stream": "\xff"}\n', "not a Singer message"),
        (
            lines([schema(), record({"id": 1, "person": "?"})]).replace(b"?", b"\xff"),
            "does not fit",
        ),
        (b'{"type": "RECORD", "record": ' + b"[" * 9_000 + b"\n", "not a Singer message"),
        (lines([schema()]) + b'{"type": "BATCH", "stream": "hours"}\n', "neither jsonl nor"),
    ],
)
def test_input_that_is_no_singer(strict: Strict, sent: bytes, said: str) -> None:
    assert said in refused(strict, sent)


@pytest.mark.parametrize(
    ("names", "maps"),
    [(("a.b", "a_b"), {}), (("Orders", "orders"), {}), (("x", "b"), {"b": {"__alias__": "x"}})],
)
def test_two_streams_for_one_table(strict: Strict, names: list[str], maps: dict[str, Any]) -> None:
    both = [message for name in names for message in load_of(2, name)]
    said = refused(strict, both, stream_maps=maps)
    assert f"Streams '{names[0]}' and '{names[1]}' would be loaded into one table" in said


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ({"hours": {"number": "int(person)"}}, "A stream map of stream 'hours' fails at a record"),
        ({"hours": {"id": None}}, "stream 'hours' do not fit its SCHEMA"),
    ],
)
def test_stream_maps_that_fail(strict: Strict, maps: dict[str, Any], said: str) -> None:
    messages = [schema(), record(hours(1, person="a secret")), state()]
    found = refused(strict, messages, stream_maps=maps)
    assert said in found
    assert "secret" not in found


def test_missing_batch_file(strict: Strict) -> None:
    encoding = {"format": "jsonl", "compression": "gzip"}
    lost = {"type": "BATCH", "stream": "hours", "encoding": encoding, "manifest": ["file:///lost"]}
    assert "A file of stream 'hours' cannot be read" in refused(strict, [schema(), lost])


def test_broken_batch_file(strict: Strict, tmp_path: Path) -> None:
    path = tmp_path / "rows.gz"
    path.write_bytes(gzip.compress(lines([hours(1)]))[:-12])
    encoding = {"format": "jsonl", "compression": "gzip"}
    broken = {
        "type": "BATCH",
        "stream": "hours",
        "encoding": encoding,
        "manifest": [path.as_uri()],
    }
    assert "A file of stream 'hours' cannot be read" in refused(strict, [schema(), broken])


def test_location_of_the_dataset(strict: Strict) -> None:
    strict.load(load_of(1), location="EU")
    said = refused(strict, load_of(1), location="europe-west3")
    assert "is in EU, but the setting location says europe-west3. Set location to EU" in said


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        (403, "accessDenied", "the account lacks a role. It needs roles/bigquery.jobUser"),
        (403, "billingNotEnabled", "the project has no billing"),
        (403, "quotaExceeded", "a quota of the project is used up"),
        (404, "notFound", "BigQuery does not find the project, the dataset or the table"),
        (400, "invalid", "It says: The proxy says so."),
    ],
)
@pytest.mark.parametrize("request_of", ["/tables", "MERGE"])
def test_refusals_of_bigquery(
    strict: Strict, proxy: Proxy, status: int, reason: str, said: str, request_of: str
) -> None:
    proxy.faults.append(
        Fault(lambda _, method, text: method == "POST" and request_of in text, status, reason)
    )
    assert said in refused(strict, load_of(3))
    if request_of == "MERGE":
        assert strict.rows() == []
        assert strict.tables() == ["hours"]


def test_rows_that_cannot_be_deleted(strict: Strict, proxy: Proxy) -> None:
    gone = {**HOURS, "_sdc_deleted_at": {"type": ["string", "null"], "format": "date-time"}}
    proxy.faults.append(Fault(lambda _, __, text: "DELETE FROM" in text, 400, "invalid"))
    said = refused(strict, [schema(properties=gone), record(hours(1))], hard_delete=True)
    assert "were merged, but rows that are gone could not be deleted" in said
    assert len(strict.rows()) == 1


def test_nothing_listens_at_the_emulator(strict: Strict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9")
    assert "nothing listens at BIGQUERY_EMULATOR_HOST" in refused(strict, load_of(1))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"credentials_path": "/lost.json"}, "credentials_path (/lost.json) holds no key"),
        ({"credentials_path": "/"}, "credentials_path (/) holds no key"),
        ({"credentials_json": "secret"}, "credentials_json holds no key"),
        ({"credentials_json": '{"type": {"secret": 1}}'}, "credentials_json holds no key"),
        ({"credentials_json": {"private_key": "secret"}}, "credentials_json holds no key"),
        ({"credentials_json": ["secret"]}, "credentials_json is no text"),
    ],
)
def test_credentials(strict: Strict, settings: dict[str, Any], said: str) -> None:
    found = refused(strict, load_of(1), **settings)
    assert said in found
    assert "secret" not in found


def test_duplicates_in_the_table_are_reported(strict: Strict) -> None:
    strict.load(load_of(2, keys=()))
    strict.load(load_of(2, keys=()))
    said = refused(strict, load_of(2))
    assert "have 2 keys, but BigQuery merged 4 rows" in said


def test_loaded_rows_are_counted(strict: Strict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("google.cloud.bigquery.LoadJob.output_rows", 1)
    assert "BigQuery loaded 1 row of stream 'hours', but 2 rows had been sent" in refused(
        strict, load_of(2)
    )
    assert strict.rows() == []


def test_state_is_never_in_the_log(strict: Strict, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "target-bigquery-strict"):
        strict.load([*load_of(1), state("a value of the state")])
    assert "a value of the state" not in caplog.text


REFUSALS = {
    "Could not parse '12,50 EUR' as FLOAT64 for field hours (position 2) starting at location 75"
    " with message 'Unable to parse'": "because of column 'hours' in row 2 of the 3",
    "JSON parsing error in row starting at position 75: Couldn't convert value to floating point:"
    " Bad double value: 12,50 EUR Field: hours; Value: 12,50 EUR": "row 2 of the 3",
    "Invalid value: 12,50 EUR Field: hours; Value: 12,50 EUR": "Field: hours; Value: …",
}


@pytest.mark.parametrize("message", REFUSALS)
def test_messages_of_google_lose_the_values(message: str) -> None:
    batch = Batch()
    for number, value in enumerate((1, "12,50 EUR", 3), 1):
        batch.add(json.dumps({"person": "Ada Lovelace", "hours": value, "id": number}).encode())
    batch.file()
    errors = [{"reason": "invalid", "message": message}]
    error = BadRequest("Error while reading data", errors=errors)
    said = str(refusal("hours", error, batch, ["id", "person", "hours"]))
    assert REFUSALS[message] in said
    assert "12,50" not in said
    batch.close()


@pytest.mark.parametrize(
    "message",
    [
        "Could not parse 'O'Brien secret' as INT64 for field id",
        'Invalid timestamp string "a \\" secret"',
        "Invalid date: secret-12 Field: day; Value: secret-12",
    ],
)
def test_quoted_values_that_hold_quotation_marks(message: str) -> None:
    assert "secret" not in str(refusal("hours", BadRequest(message), None, ["id", "day"]))


@pytest.mark.parametrize("kind", [Forbidden, NotFound])
def test_messages_of_refused_access_are_kept(kind: type[Forbidden]) -> None:
    text = "Access Denied: Project p: User does not have bigquery.jobs.create permission."
    assert text in str(refusal("hours", kind(text), None, []))
