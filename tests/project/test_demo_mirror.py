"""`meltano run demo-mirror`, with real processes, as README.md promises it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Project


@pytest.mark.bigquery
def test_projects_flow_one_way_and_hours_the_other_twice(project: Project) -> None:
    code, output = project.run("meltano", "run", "demo-mirror")

    assert code == 0, output[-3000:]
    found = [line[line.index("{") :] for line in output.splitlines() if '{"summary"' in line]
    in_first, out_first, in_second, out_second = (json.loads(each)["summary"] for each in found)
    assert in_first["made"] == in_second["made"] == 1
    assert out_first["created"] > 20
    assert (out_second["created"], out_second["updated"], out_second["deleted"]) == (1, 4, 2)
    assert all(each["equal"] and not each["rejected"] for each in (in_first, out_first))
    assert all(each["equal"] and not each["rejected"] for each in (in_second, out_second))
    assert output.count("equal: yes") == 6
    assert (project.folder / ".sandbox" / "mirror" / "time-out.json").exists()
