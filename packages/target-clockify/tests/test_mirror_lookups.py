"""People, projects, tasks, tags and custom fields are found at the destination, or named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.resources import store
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FREE, FieldValue, Membership
from mirror_support import DESTINATION, HOUR, MONDAY, hire, syncing, tag_at_both, task_at_both

if TYPE_CHECKING:
    from pathlib import Path

    from mirror_support import Sync


def test_people_are_found_by_id_map_and_address(sync: Sync) -> None:
    same = hire(sync.world, "Ada", sync.source, DESTINATION)
    mapped = hire(sync.world, "Bob", sync.source)
    theirs = hire(sync.world, "Robert", DESTINATION)
    moved = hire(sync.world, "Cleo", sync.source)
    there = hire(sync.world, "Cleopatra", DESTINATION)
    sync.world.users[moved.id] = replace(moved, email="cleo@example.net")
    sync.world.users[there.id] = replace(there, email="Cleo@example.net")
    stranger = hire(sync.world, "Dan", sync.source)
    for number, user in enumerate((same, mapped, moved, stranger)):
        sync.track(MONDAY + number * HOUR, user_id=user.id, description=user.name)
    sync.settings["user_map"] = {"bob@example.org": "robert@example.org"}

    result = sync.run(first=True)

    people = {each.description: each.user_id for each in sync.there.entries}
    assert people == {"Ada": same.id, "Bob": theirs.id, "Cleo": there.id}
    assert result.summary["reasons"] == {f'no person "{stranger.id}"': 1}


def test_everybody_may_be_mapped_to_the_owner_of_the_key(sync: Sync) -> None:
    ada = hire(sync.world, "Ada", sync.source)
    sync.track(user_id=ada.id)

    result = sync.run(first=True, user_map={"*": "me"})

    assert [each.user_id for each in sync.there.entries] == [sync.world.owner_id]
    # The owner, the workspace, the entries twice: no list of people.
    assert result.requests["GET entry"] == 4


def test_plan_without_time_for_others_rejects_others_before_a_request(sync: Sync) -> None:
    workspace = sync.there.workspace
    sync.world.change_workspace(replace(workspace, plan=replace(FREE, subscription="BASIC")))
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    own = sync.track()
    sync.track(user_id=ada.id)

    result = sync.run(first=True)

    assert sync.copies() == sync.wanted(own)
    reason = "the destination's plan does not allow adding time for others"
    assert result.summary["reasons"] == {reason: 1}


def test_member_cannot_write_for_others_and_writes_own_time(sync: Sync) -> None:
    hire(sync.world, "Boss", DESTINATION, role="OWNER")
    sync.world.put_member(Membership(sync.world.owner_id, DESTINATION))
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    own = sync.track()
    sync.track(user_id=ada.id)

    result = sync.run(first=True)

    assert sync.copies() == sync.wanted(own)
    assert result.summary["reasons"] == {"the key cannot read this person's time": 1}


def test_projects_are_found_by_client_map_and_letters(sync: Sync) -> None:
    edits.add_client(sync.world, DESTINATION, "Acme")
    acme = next(iter(sync.there.clients))
    under = edits.add_project(sync.world, DESTINATION, "website", client_id=acme)
    edits.add_project(sync.world, DESTINATION, "Website")
    mapped = edits.add_project(sync.world, DESTINATION, "Intern", client_id=acme)
    website, internal = sync.project(both=False), sync.project("Internal", both=False)
    sync.track(project_id=website)
    sync.track(MONDAY + HOUR, project_id=internal)
    sync.settings |= {"client": "acme", "project_map": {"Internal": "Intern"}}

    assert sync.run(first=True).code == 0

    assert [each.project_id for each in sync.there.entries] == [under.id, mapped.id]


def test_ambiguous_project_is_rejected_unless_the_client_tells(sync: Sync) -> None:
    for client in ("Acme", "Beta"):
        sync.project(client=client)
    sync.project("App", both=False)
    edits.add_project(sync.world, DESTINATION, "App")
    beta = next(c.id for c in sync.there.clients.values() if c.name == "Beta")
    edits.add_project(sync.world, DESTINATION, "App", client_id=beta)
    website = [p.id for p in sync.here.projects.values() if p.name == "Website"]
    app = next(p.id for p in sync.here.projects.values() if p.name == "App")
    gone = edits.add_client(sync.world, sync.source, "Gone")
    edits.assign_client(sync.world, sync.source, app, gone.id)
    for number, project_id in enumerate([*website, app]):
        sync.track(MONDAY + number * HOUR, project_id=project_id)

    result = sync.run(first=True)

    clients = [sync.there.projects[e.project_id or ""].client_id for e in sync.there.entries]
    assert sorted(sync.there.clients[c or ""].name for c in clients) == ["Acme", "Beta"]
    assert result.summary["reasons"] == {'ambiguous project "App"': 1}


def test_projects_of_one_name_are_not_thrown_together(sync: Sync) -> None:
    edits.add_project(sync.world, DESTINATION, "Website")
    for number, name in enumerate(("Acme", "Beta")):
        client = edits.add_client(sync.world, sync.source, name)
        project = edits.add_project(sync.world, sync.source, "Website", client_id=client.id)
        sync.track(MONDAY + number * HOUR, project_id=project.id)

    both = sync.run(first=True)
    assert both.summary["reasons"] == {'ambiguous project "Website"': 2}
    assert sync.copies() == []

    # One of them alone is not ambiguous, whatever the client there is called.
    assert sync.run(select={"clients": ["Beta"]}).summary["created"] == 1


def test_new_name_of_a_project_changes_nothing(sync: Sync) -> None:
    project = sync.project()
    sync.track(project_id=project)
    sync.run(first=True)
    edits.rename_project(sync.world, sync.source, project, "Relaunch")
    sync.track(MONDAY + HOUR, project_id=project)

    assert sync.run().code == 0

    assert len({each.project_id for each in sync.there.entries}) == 1


def test_changed_map_is_followed(sync: Sync) -> None:
    project = sync.project()
    other = edits.add_project(sync.world, DESTINATION, "Other")
    sync.track(project_id=project)
    sync.run(first=True)

    sync.run(project_map={"Website": "Other"})

    assert [each.project_id for each in sync.there.entries] == [other.id]


def test_project_deleted_at_the_destination_is_looked_up_again(sync: Sync) -> None:
    project = sync.project()
    sync.track(project_id=project)
    sync.run(first=True)
    (theirs,) = sync.there.projects
    edits.archive_project(sync.world, DESTINATION, theirs)
    edits.delete_project(sync.world, DESTINATION, theirs)

    assert sync.run().summary["reasons"] == {'no project "Website"': 1}
    again = edits.add_project(sync.world, DESTINATION, "Website")
    assert sync.run().code == 0
    assert [each.project_id for each in sync.there.entries] == [again.id]


def test_missing_names_are_rejected_one_by_one(sync: Sync) -> None:
    project = sync.project()
    lonely = sync.project("Lonely", both=False)
    task = edits.add_task(sync.world, sync.source, project, "Design")
    tag = edits.add_tag(sync.world, sync.source, "remote")
    rejected = sync.track(project_id=lonely)
    sync.track(project_id=project, task_id=task.id)
    sync.track(project_id=project, tag_ids=[tag.id])
    fine = sync.track(project_id=project)

    result = sync.run(first=True)

    assert sync.copies() == sync.wanted(fine)
    assert result.summary["reasons"] == {
        'no project "Lonely"': 1,
        'no task "Design"': 1,
        'no tag "remote"': 1,
    }
    assert result.code == 1
    assert result.states == [{"run": 1}]
    assert f'no project "Lonely" ({rejected.id})' in result.error
    # What is made later is found without the tap's help.
    edits.add_tag(sync.world, DESTINATION, "Remote")
    assert sync.run(['{"type": "STATE", "value": {}}']).summary["created"] == 1


def test_tag_with_a_comma_needs_the_stream_tags(sync: Sync) -> None:
    tags = [tag_at_both(sync, name).id for name in ("a, b", "c")]
    sync.track(tag_ids=tags)

    without = sync.run(sync.lines(streams=()), first=True)
    assert without.summary["rejected"] == 1
    assert "select the stream tags" in without.error
    assert sync.run().code == 0
    assert sync.copies() == sync.wanted()


def test_finished_task_that_the_list_of_projects_leaves_out_is_found(tmp_path: Path) -> None:
    with syncing(tmp_path, hydrated_done_tasks=False) as sync:
        project = sync.project()
        task = task_at_both(sync, project, "Design")
        (theirs,) = sync.there.tasks
        edits.finish_task(sync.world, DESTINATION, theirs)
        sync.track(project_id=project, task_id=task.id)

        assert sync.run(first=True).code == 0
        assert sync.copies() == sync.wanted()


def test_missing_things_are_made_parents_first(sync: Sync) -> None:
    client = edits.add_client(sync.world, sync.source, "Acme")
    project = edits.add_project(sync.world, sync.source, "Website", client_id=client.id)
    task = edits.add_task(sync.world, sync.source, project.id, "Design")
    tag = edits.add_tag(sync.world, sync.source, "remote")
    sync.track(project_id=project.id, task_id=task.id, tag_ids=[tag.id])
    sync.settings |= {
        "create_missing": ["clients", "projects", "tasks", "tags"],
        "project_defaults": {"color": "#00FF00", "isPublic": True, "billable": False},
    }

    result = sync.run(first=True)

    assert sync.copies() == sync.wanted()
    (made,) = sync.there.projects.values()
    assert (made.color, made.public, made.billable) == ("#00FF00", True, False)
    assert sync.there.clients[made.client_id or ""].name == "Acme"
    assert result.summary["made"] == 4
    assert result.summary["equal"] is True
    assert sync.run().writes == 0


def test_custom_fields_of_the_same_name_are_kept_equal(sync: Sync) -> None:
    ids = {}
    for workspace_id in (sync.source, DESTINATION):
        row = store.add(
            sync.world,
            workspace_id,
            "custom_fields",
            name="Ticket",
            type="TXT",
            entityType="TIMEENTRY",
            status="VISIBLE",
        )
        ids[workspace_id] = row["id"]
    value = FieldValue(ids[sync.source], "Ticket", "TXT", "T-1")
    entry = sync.track(fields=(value,))
    sync.settings["fields"] = ["description", "custom_fields"]

    assert sync.run(first=True).code == 0
    (copy,) = sync.there.entries
    assert [(each.field_id, each.value) for each in copy.fields] == [(ids[DESTINATION], "T-1")]
    assert sync.run().writes == 0

    edits.set_field(sync.world, sync.source, entry.id, replace(value, value="T-2"))
    sync.run()
    assert [each.value for each in sync.there.entries[copy.id].fields] == ["T-2"]


@pytest.mark.parametrize("text", ["x" * 3000, "🙂👩‍🚀", "שלום עולם", '"quoted" \\ and\ttab'])
def test_descriptions_arrive_unharmed(sync: Sync, text: str) -> None:
    sync.track(description=text)

    sync.run(first=True)

    assert sync.copies() == sync.wanted()
    assert sync.run().writes == 0
