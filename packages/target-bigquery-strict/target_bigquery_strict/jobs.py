"""Jobs of BigQuery that run once, whatever answers are lost."""

from __future__ import annotations

import re
import uuid
from typing import IO, TYPE_CHECKING, Any, cast

from google.api_core.exceptions import Conflict, GoogleAPICallError, NotFound, from_http_response
from google.auth.transport.requests import AuthorizedSession
from google.cloud import bigquery
from google.resumable_media import InvalidResponse
from google.resumable_media.requests import ResumableUpload

from target_bigquery_strict.credentials import base_url, credentials
from target_bigquery_strict.retrying import JOB_TIMEOUT, ONCE, REQUEST_TIMEOUT, Patience

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

PIECE_BYTES = 8 << 20
CONTENT_TYPE = "*/*"


class Jobs:
    """Runs jobs under ids of our own: one whose answer is lost is found again, not repeated."""

    def __init__(self, settings: Mapping[str, Any], logger: logging.Logger, run: str) -> None:
        """Label the jobs with the run; no request is made.

        Raises:
            LoadError: There are no usable credentials.
        """
        self.credentials = credentials(settings)
        self.client = bigquery.Client(
            settings["project"], self.credentials, location=settings.get("location")
        )
        self._session = AuthorizedSession(self.credentials)
        self._url = f"{base_url()}/upload/bigquery/v2/projects/{self.client.project}/jobs"
        self.patiently = Patience(logger)
        self.location: str | None = settings.get("location")
        """Where jobs run. Google must be told to find a job again, outside of US and EU."""
        self._run = run

    def query(self, sql: str, stream: str) -> bigquery.QueryJob:
        """Run a statement once and return its job.

        Raises:
            GoogleAPICallError: BigQuery refused it.
        """
        config = bigquery.QueryJobConfig(labels=self._labels(stream), use_query_cache=False)
        started: list[str] = []

        def attempt() -> bigquery.QueryJob:
            if started:
                job = self._found(started[0]) or self._start(sql, started[0], config)
            else:
                started.append(self.new_id())
                job = self._start(sql, started[0], config)
            try:
                job.result(timeout=None)
            except GoogleAPICallError:
                if job.error_result:
                    started.clear()  # It has failed as a whole; another try is another job.
                raise
            return job

        return self.patiently(attempt)

    def load(self, file: IO[bytes], table: str, fields: Sequence[Any], stream: str) -> int:
        """Load a file of JSON lines into an empty table, and return the number of its rows.

        Raises:
            GoogleAPICallError: BigQuery refused it; the job's errors are in ``errors``.
        """
        job = bigquery.LoadJob(
            self.new_id(),
            None,
            bigquery.TableReference.from_string(table),
            self.client,
            bigquery.LoadJobConfig(
                source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
                schema=fields,
                create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
                # A request that is sent twice must not load its rows twice.
                write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
                labels=self._labels(stream),
            ),
        )
        resource = job.to_api_repr()
        resource["jobReference"]["location"] = self.location
        job = bigquery.LoadJob.from_api_repr(self._upload(file, resource), self.client)
        job.result(timeout=None)
        return int(job.output_rows or 0)

    def _upload(self, file: IO[bytes], job: dict[str, Any]) -> Any:
        """Send a file in pieces; Google's client would hold 100 MB of it in memory."""
        upload = ResumableUpload(f"{self._url}?uploadType=resumable", PIECE_BYTES)
        file.seek(0)
        try:
            upload.initiate(
                self._session,
                file,
                job,
                CONTENT_TYPE,
                stream_final=False,
                timeout=REQUEST_TIMEOUT,
            )
            while not upload.finished:
                answer = upload.transmit_next_chunk(self._session, timeout=JOB_TIMEOUT)
        except InvalidResponse as error:
            raise from_http_response(error.response) from error
        return answer.json()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        self.client.close()

    @staticmethod
    def new_id() -> str:
        """Return an id that no job has."""
        return f"target_bigquery_strict_{uuid.uuid4().hex}"

    def _start(self, sql: str, job_id: str, config: bigquery.QueryJobConfig) -> bigquery.QueryJob:
        try:
            return self.client.query(
                sql,
                job_config=config,
                job_id=job_id,
                location=self.location,
                retry=ONCE,
                job_retry=None,
                timeout=JOB_TIMEOUT,
            )
        except Conflict:  # An earlier request has arrived after all.
            return self._get(job_id)

    def _found(self, job_id: str) -> bigquery.QueryJob | None:
        try:
            return self._get(job_id)
        except NotFound:
            return None

    def _get(self, job_id: str) -> bigquery.QueryJob:
        job = self.client.get_job(
            job_id, location=self.location, retry=ONCE, timeout=REQUEST_TIMEOUT
        )
        return cast("bigquery.QueryJob", job)

    def _labels(self, stream: str) -> dict[str, str]:
        return {"stream": label(stream), "run": self._run}


def label(text: str) -> str:
    """Return a text as BigQuery accepts it for the value of a label."""
    return re.sub(r"[^a-z0-9_-]", "_", text.lower())[:63]
