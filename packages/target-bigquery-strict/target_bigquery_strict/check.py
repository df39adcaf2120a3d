"""`--check`: whether a load could succeed, found out with one row in a table of its own."""

from __future__ import annotations

import datetime as dt
import io
import os
import uuid
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from google.api_core.exceptions import Forbidden, NotFound
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import Request
from google.cloud import bigquery

from target_bigquery_strict import statements
from target_bigquery_strict.credentials import EMULATOR, base_url, described
from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.jobs import Jobs
from target_bigquery_strict.refusals import explained
from target_bigquery_strict.retrying import FAILURES, ONCE, Patience, shown
from target_bigquery_strict.tables import Dataset
from target_bigquery_strict.wording import counted

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping

PATIENCE_SECONDS = 10.0
"""How long a request is repeated that fails for a while."""
TIMEOUT = 20.0
"""Seconds to wait for an answer."""
PROBE_LIVES = dt.timedelta(hours=1)
"""BigQuery deletes the table after this time, if this process cannot."""
STREAM = "check"
"""What the jobs are labelled with."""
_COLUMN = "id"
_MARKS = {True: "ok", False: "FAILS", None: "unknown"}


class Finding(NamedTuple):
    """What was found out about one thing that a load needs."""

    said: str
    is_good: bool | None = True
    """None if it cannot be known."""


def can_load(settings: Mapping[str, Any], logger: logging.Logger) -> bool:
    """Print a line for each thing that a load needs, and a verdict.

    Returns:
        Whether nothing is known that would make a load fail.
    """
    marks = set()
    with ExitStack() as cleanup:
        for subject, finding in _Checking(settings, logger, cleanup).findings():
            line = f"{_MARKS[finding.is_good]:<8} {subject + ':':<12} {finding.said}"
            print(line, flush=True)  # noqa: T201 -- the answer to --check
            marks.add(finding.is_good)
    if False in marks:
        verdict = "A load cannot succeed. Correct what fails, and check again."
    elif None in marks:
        verdict = "A load can succeed, unless what is unknown prevents it."
    else:
        verdict = "A load can succeed."
    print(verdict)  # noqa: T201
    return False not in marks


class _Checking:
    """The checks, in an order in which each one needs those before it."""

    def __init__(
        self, settings: Mapping[str, Any], logger: logging.Logger, cleanup: ExitStack
    ) -> None:
        """Make no request yet."""
        self._settings = settings
        self._logger = logger
        self._cleanup = cleanup
        self._jobs: Jobs
        self._found: bigquery.Dataset | None = None
        self._probe = ""

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Check one thing after the other; after a failure, the rest is unknown."""
        steps: dict[str, Callable[[], Finding]] = {
            "credentials": self._credentials,
            "project": self._project,
            "dataset": self._dataset,
            "location": self._location,
            "tables": self._tables,
            "billing": self._billing,
        }
        unknown = ""
        for subject, step in steps.items():
            finding = Finding(unknown, None) if unknown else self._finding(step)
            if finding.is_good is False:
                unknown = f"Not checked: it needs the {subject}."
            yield subject, finding

    def _finding(self, step: Callable[[], Finding]) -> Finding:
        try:
            return step()
        except LoadError as error:
            return Finding(str(error), is_good=False)
        except FAILURES as error:
            return Finding(_sentence(explained(error)), is_good=False)

    def _credentials(self) -> Finding:
        """Get a token, which shows that the key is not revoked."""
        self._jobs = Jobs(self._settings, self._logger, run=uuid.uuid4().hex[:12])
        self._jobs.patiently = Patience(self._logger, PATIENCE_SECONDS)
        self._cleanup.callback(self._jobs.close)
        found = self._jobs.credentials
        if not isinstance(found, AnonymousCredentials):
            found.refresh(partial(Request(), timeout=TIMEOUT))
        return Finding(described(found, self._settings))

    def _project(self) -> Finding:
        """Have a query checked, but not run: the answer shows whether the account may run jobs."""
        self._dry_run("SELECT 1")
        return Finding(
            f"{base_url()} answers for project {self._jobs.client.project}, and the account may run"
            " jobs there."
        )

    def _dataset(self) -> Finding:
        name = self._dataset_of_settings.name
        try:
            self._found = self._jobs.patiently(
                lambda: self._jobs.client.get_dataset(name, retry=ONCE, timeout=TIMEOUT)
            )
        except NotFound:
            return self._missing(name)
        self._jobs.location = self._found.location
        return Finding(f"{name} exists.")

    def _missing(self, name: str) -> Finding:
        """Look whether the dataset may be created, as far as that can be seen without doing it."""
        try:
            self._dry_run(f"CREATE SCHEMA {statements.quoted(name)}")
        except Forbidden:
            return Finding(
                f"{name} does not exist, and the account may not create it. Create it, or grant"
                " roles/bigquery.dataEditor on the project.",
                is_good=False,
            )
        return Finding(
            f"{name} does not exist. The first load creates it, if the account has"
            " roles/bigquery.dataEditor on the project.",
            None,
        )

    def _location(self) -> Finding:
        wanted = self._settings.get("location")
        if self._found is None:
            return Finding(f"A new dataset is created in {wanted or 'US, the default'}.")
        self._dataset_of_settings.check_location(self._found)
        said = "as the setting location says" if wanted else "and the setting location is not set"
        return Finding(f"The dataset is in {self._found.location}, {said}.")

    def _tables(self) -> Finding:
        """Create a table and load a row into it, as every load does."""
        if self._found is None:
            return Finding("Only the first load shows whether it may create tables.", None)
        dataset = self._dataset_of_settings.name
        self._probe = f"{dataset}.target_bigquery_strict__check_{uuid.uuid4().hex}"
        field = bigquery.SchemaField(_COLUMN, "INT64")
        table = bigquery.Table(self._probe, schema=[field])
        table.expires = dt.datetime.now(dt.UTC) + PROBE_LIVES
        self._cleanup.callback(self._drop)
        self._jobs.client.create_table(table, retry=ONCE, timeout=TIMEOUT)
        row = b'{"%s": 1}\n' % _COLUMN.encode()
        rows = self._jobs.load(io.BytesIO(row), self._probe, [field], STREAM)
        if rows != 1:
            raise LoadError(f"BigQuery loaded {counted(rows, 'row')} where 1 had been sent.")
        return Finding(
            f"The account may create tables in {dataset} and load into them: a table with one row"
            " was, and is deleted again."
        )

    def _billing(self) -> Finding:
        """Run a MERGE, which BigQuery refuses to run for a project without billing."""
        if not self._probe:
            return Finding("Only the first load shows whether BigQuery runs a MERGE.", None)
        self._jobs.query(statements.merge_itself(self._probe, _COLUMN), STREAM)
        if os.environ.get(EMULATOR):
            return Finding("BigQuery has run a MERGE. A local BigQuery needs no billing.")
        return Finding("BigQuery has run a MERGE, which it does only for a project with billing.")

    def _drop(self) -> None:
        try:
            self._jobs.client.delete_table(
                self._probe, not_found_ok=True, retry=ONCE, timeout=TIMEOUT
            )
        except FAILURES as error:
            self._logger.warning(
                "Table %s could not be deleted (%s). BigQuery deletes it within an hour.",
                *(self._probe, shown(error)),
            )

    def _dry_run(self, sql: str) -> None:
        config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
        self._jobs.patiently(
            lambda: self._jobs.client.query(
                sql,
                job_config=config,
                location=self._settings.get("location"),
                retry=ONCE,
                job_retry=None,
                timeout=TIMEOUT,
            )
        )

    @property
    def _dataset_of_settings(self) -> Dataset:
        return Dataset(self._jobs, self._settings, self._logger)


def _sentence(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
