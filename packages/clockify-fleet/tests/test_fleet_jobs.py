"""The job table, in SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import pytest
from clockify_fleet.database import JOBS, ORGANIZATIONS, connected
from clockify_fleet.jobs import STALE_AFTER, Begin, Job, Jobs, Status, now
from clockify_fleet.processes import Runner
from clockify_fleet.sources import read
from sqlalchemy import create_engine, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def jobs(engine: Engine, tmp_path: Path) -> Jobs:
    return Jobs(engine, Runner.this(tmp_path))


def job(name: str = "acme", job_id: str = "first") -> Job:
    return Job(job_id, name, "clockify", f"{name}_clockify")


def test_a_job_begins_and_ends(jobs: Jobs) -> None:
    before = now()
    assert jobs.begin(job()) is Begin.BEGUN
    jobs.finish("first", Status.FAILED, "Something — ümlaut, 日本, 🧾 — failed.")

    (row,) = jobs.history()
    assert (row["organization_id"], row["status"]) == ("acme", "FAILED")
    assert row["error_message"] == "Something — ümlaut, 日本, 🧾 — failed."
    second = dt.timedelta(seconds=1)
    assert before - second <= row["created_at"] <= row["updated_at"] <= now() + second
    assert row["running"] is None


def test_an_organisation_has_one_job_at_a_time(jobs: Jobs) -> None:
    assert jobs.begin(job()) is Begin.BEGUN
    assert jobs.begin(job(job_id="second")) is Begin.BUSY
    assert jobs.begin(job("globex", "third")) is Begin.BEGUN
    assert jobs.begin(job()) is Begin.KNOWN

    jobs.finish("first", Status.SUCCESS)

    assert jobs.begin(job(job_id="second")) is Begin.BEGUN
    assert jobs.begin(job()) is Begin.KNOWN
    assert jobs.latest()["acme"]["job_id"] == "second"
    assert jobs.latest(but_not="second")["acme"]["job_id"] == "first"


def test_of_many_that_begin_at_once_one_does(jobs: Jobs) -> None:
    begun: list[Begin] = []
    barrier = threading.Barrier(8)

    def begin(number: int) -> None:
        barrier.wait()
        begun.append(jobs.begin(job(job_id=f"job-{number}")))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(begun) == [Begin.BEGUN] + [Begin.BUSY] * 7


def test_a_message_is_accepted_once_and_its_job_adopted(jobs: Jobs) -> None:
    assert jobs.accept(job())
    assert not jobs.accept(job())
    other = Jobs(jobs.engine, Runner("elsewhere", 1, 1))
    assert jobs.begin(job(job_id="second")) is Begin.BEGUN

    assert other.begin(job()) is Begin.BUSY
    jobs.finish("second", Status.SUCCESS)
    assert other.begin(job()) is Begin.BEGUN

    assert jobs.latest()["acme"]["job_id"] == "second"
    assert [row["runner"] for row in jobs.history() if row["job_id"] == "first"] == [
        "elsewhere 1 1"
    ]


def test_a_job_that_could_not_be_started_may_be_asked_for_again(jobs: Jobs) -> None:
    jobs.accept(job())
    jobs.forget("first")
    assert jobs.accept(job())

    jobs.fail_unless_begun("first", "It did not start.")

    assert jobs.latest()["acme"]["error_message"] == "It did not start."
    assert jobs.begin(job()) is Begin.BEGUN
    jobs.finish("first", Status.SUCCESS)
    jobs.fail_unless_begun("first", "It did not start.")
    assert jobs.latest()["acme"]["status"] == "SUCCESS"


def test_jobs_of_dead_runners_are_found(jobs: Jobs) -> None:
    machine = jobs.runner.machine
    runners = {
        "alive": jobs.runner,
        "gone": Runner(machine, 2**22 + 1, 0),
        "another process with its id": Runner(machine, jobs.runner.pid, jobs.runner.started - 99),
        "elsewhere, lately": Runner("elsewhere", 1, 0),
        "elsewhere, silent": Runner("elsewhere", 1, 0),
    }
    for number, (name, runner) in enumerate(runners.items()):
        Jobs(jobs.engine, runner).begin(job(f"org-{number}", name))
    silent = now() - STALE_AFTER - dt.timedelta(seconds=5)
    with jobs.engine.begin() as connection:
        connection.execute(update(JOBS).values(updated_at=silent))
        connection.execute(JOBS.insert().values(organization_id="old", job_id="of a service that"
            " is replaced", status="IN_PROGRESS"))  # fmt: skip
    jobs.beat(["elsewhere, lately"])

    assert sorted(jobs.abandoned()) == [
        "another process with its id",
        "elsewhere, silent",
        "gone",
        "of a service that is replaced",
    ]


def test_successes_are_noted_where_people_look(jobs: Jobs) -> None:
    with jobs.engine.begin() as connection:
        connection.execute(ORGANIZATIONS.insert().values(organization_id="acme"))
    jobs.begin(job())
    jobs.finish("first", Status.SUCCESS)
    jobs.begin(job(job_id="second"))
    jobs.finish("second", Status.FAILED, "no")

    success = {row["job_id"]: row["updated_at"] for row in jobs.history()}["first"]
    assert jobs.last_successes() == {"acme": success}
    with jobs.engine.connect() as connection:
        noted = connection.execute(select(ORGANIZATIONS.c.last_successful_run)).scalar_one()
    assert noted == success


OLD_TABLES = (
    "CREATE TABLE client_billing_config (id INTEGER PRIMARY KEY, organization_id VARCHAR(255),"
    " source_dataset VARCHAR(255), destination_dataset VARCHAR(255), destination_table"
    " VARCHAR(255), last_successful_run TIMESTAMP NULL, created_at TIMESTAMP NULL)",
    "CREATE TABLE etl_jobs (id {serial}, organization_id VARCHAR(255), job_id VARCHAR(255),"
    " status VARCHAR(50), created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL, error_message"
    " TEXT)",
    "INSERT INTO client_billing_config (id, organization_id, destination_dataset)"
    " VALUES (1, 'acme', 'acme_clockify')",
    "INSERT INTO etl_jobs (organization_id, job_id, status) VALUES ('acme', 'old', 'SUCCESS')",
)
SERIAL = {
    "sqlite": "INTEGER PRIMARY KEY",
    "postgresql": "SERIAL PRIMARY KEY",
    "mysql": "INTEGER AUTO_INCREMENT PRIMARY KEY",
}


def test_tables_of_the_replaced_services_are_used_as_they_are(uri: str, tmp_path: Path) -> None:
    old = create_engine(uri)
    with old.begin() as connection:
        for statement in OLD_TABLES:
            connection.execute(text(statement.format(serial=SERIAL[old.dialect.name])))
    old.dispose()
    for _ in range(2):
        engine = connected(uri, tmp_path)
        jobs = Jobs(engine, Runner.this(tmp_path))
        names = {column["name"] for column in inspect(engine).get_columns("etl_jobs")}
        assert {"error_message", "runner", "running"} <= names
        assert [each.organization_id for each in read(None, engine)] == ["acme"]
        assert jobs.begin(job(job_id="new")) is Begin.BEGUN
        assert jobs.begin(job(job_id="another")) is Begin.BUSY
        assert not jobs.accept(job(job_id="old"))
        jobs.finish("new", Status.FAILED, "日本 failed.")
        assert "failed." in jobs.latest()["acme"]["error_message"]
        engine.dispose()


def test_a_job_id_is_unique_in_the_database(jobs: Jobs) -> None:
    jobs.begin(job())
    with pytest.raises(IntegrityError), jobs.engine.begin() as connection:
        connection.execute(JOBS.insert().values(organization_id="x", job_id="first", status="x"))
