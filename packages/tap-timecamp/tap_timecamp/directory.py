"""What TimeCamp lists as a whole: tasks, people, groups, tags."""

from __future__ import annotations

from typing import Any

from singer_ledger.stream import Reading, Row
from typing_extensions import override

from tap_timecamp.client import TimeCampStream, members

PEOPLE_OF_A_REQUEST = 50


class Tasks(TimeCampStream):
    """Tasks, of which those at the top of the tree are projects."""

    name = "tasks"
    path = "/tasks"
    primary_keys = ("task_id",)

    @override
    def read(self, memory: Row) -> Reading:
        return Reading(self.tasks())


class Groups(TimeCampStream):
    """Groups of people."""

    name = "groups"
    path = "/group"
    primary_keys = ("group_id",)
    selected_by_default = False

    @override
    def read(self, memory: Row) -> Reading:
        return Reading(self.listed(self.path))


class Tags(TimeCampStream):
    """Tags, each in a list of tags."""

    name = "tags"
    path = "/tag_list"
    primary_keys = ("tag_list_id", "tag_id")

    @override
    def read(self, memory: Row) -> Reading:
        return Reading(self.tags())


class Users(TimeCampStream):
    """People, those who are disabled as well."""

    name = "users"
    path = "/users"
    primary_keys = ("user_id",)

    @override
    def read(self, memory: Row) -> Reading:
        people = self.people()
        if not self.config["user_settings"]:
            return Reading(people)
        for first in range(0, len(people), PEOPLE_OF_A_REQUEST):
            some = people[first : first + PEOPLE_OF_A_REQUEST]
            ids = [str(person["user_id"]) for person in some]
            disabled, zones = self._disabled(ids), self._zones(ids)
            for person in some:
                key = str(person["user_id"])
                person["is_enabled"] = key not in disabled
                person["time_zone"] = zones.get(key)
        return Reading(people)

    def _disabled(self, ids: list[str]) -> set[str]:
        """Return the people who are disabled, from either form of TimeCamp's answer."""
        answer = self.ask(f"/user/{','.join(ids)}/setting", {"name[]": "disabled_user"})
        by_person = answer if isinstance(answer, dict) else {"": answer}
        return {
            str(setting.get("userId", person))
            for person, settings in by_person.items()
            for setting in members(settings)
            if setting.get("name") == "disabled_user" and str(setting.get("value")) == "1"
        }

    def _zones(self, ids: list[str]) -> dict[str, Any]:
        """Return the zones of people; of what else TimeCamp sends about them, nothing is kept."""
        return {
            str(person.get("user_id")): person.get("time_zone")
            for person in self.listed("/user", user_id=",".join(ids))
        }
