"""Charts that look the same on every page, in light and dark themes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Sequence

BLUE, ORANGE, GREY = "#2a7fbd", "#d9730d", "#8a8f98"
"""Colours that the colour-blind can tell apart, with contrast on white and on black."""
LABEL = 140
"""Pixels of a name at an axis; a longer one is cut there, and complete when pointed at."""
MOST = 25
"""Bars of a chart; the table has the others."""


def bars(
    frame: Any,
    name: str,
    value: str,
    title: str,
    *,
    form: str = ",.0f",
    color: str = BLUE,
    sort: Sequence[str] | str = "-x",
) -> Any:
    """Return a horizontal bar for each name, the longest first."""
    return (
        alt.Chart(frame.nlargest(MOST, value))
        .mark_bar(color=color)
        .encode(
            x=alt.X(f"{value}:Q", title=title, axis=alt.Axis(format=form, tickCount=4)),
            y=_names(name, sort),
            tooltip=[
                alt.Tooltip(f"{name}:N", title="Name"),
                alt.Tooltip(f"{value}:Q", title=title, format=form),
            ],
        )
    )


def parts(frame: Any, x: str, value: str, part: str, title: str, colors: dict[str, str]) -> Any:
    """Return stacked columns over time; `colors` names the parts."""
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=_time(x),
            y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=",.0f", tickCount=4)),
            color=alt.Color(
                f"{part}:N",
                title=None,
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip(x, type="temporal", format="%d %b %Y"),
                alt.Tooltip(part, type="nominal"),
                alt.Tooltip(value, type="quantitative", title=title, format=",.1f"),
            ],
        )
        .properties(height=260)
    )


def columns(frame: Any, x: str, value: str, title: str) -> Any:
    """Return a column for each point in time; `x` is a date, or a text that sorts by time."""
    return (
        alt.Chart(frame)
        .mark_bar(color=BLUE)
        .encode(
            x=_time(x) if frame[x].dtype.kind == "M" else _texts(x),
            y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=",.0f", tickCount=4)),
            tooltip=alt.Tooltip(value, type="quantitative", title=title, format=",.0f"),
        )
        .properties(height=220)
    )


def used(frame: Any, name: str, value: str, title: str, color: str | None = None) -> Any:
    """Return bars of shares, with a line at 100 %; `color` is a column of statuses."""
    chart = bars(frame, name, value, title, form=".0%")
    if color:
        scale = alt.Scale(domain=["over", "at risk", "ok"], range=[ORANGE, "#b79f00", BLUE])
        status = alt.Color(
            color, type="nominal", title=None, scale=scale, legend=alt.Legend(orient="top")
        )
        chart = chart.encode(color=status)
    whole = alt.Chart(frame.head(1)).mark_rule(color=GREY, strokeDash=[4, 4], size=2)
    return alt.layer(chart, whole.encode(x=alt.datum(1)))


def grid(frame: Any, name: str, x: str, value: str, title: str) -> Any:
    """Return a cell for each name and week, darker or lighter by a share."""
    return (
        alt.Chart(frame)
        .mark_rect()
        .encode(
            x=alt.X(f"yearmonthdate({x}):O", title="Week from", axis=_days()),
            y=_names(name, "ascending"),
            color=alt.Color(
                f"{value}:Q",
                title=title,
                scale=alt.Scale(scheme="cividis", domain=[0, 1], clamp=True),
                legend=alt.Legend(orient="top", format=".0%", gradientLength=160),
            ),
            tooltip=[
                alt.Tooltip(name, type="nominal", title="Person"),
                alt.Tooltip(x, type="temporal", title="Week from", format="%d %b %Y"),
                alt.Tooltip(value, type="quantitative", title=title, format=".0%"),
            ],
        )
    )


def _names(name: str, sort: Sequence[str] | str) -> alt.Y:
    axis = alt.Axis(labelLimit=LABEL, labelFlush=False, labelBaseline="middle")
    return alt.Y(f"{name}:N", title=None, sort=sort, axis=axis)


def _texts(x: str) -> alt.X:
    axis = alt.Axis(labelAngle=-45, labelOverlap=True)
    return alt.X(x, type="ordinal", title=x.capitalize(), axis=axis)


def _time(x: str) -> alt.X:
    return alt.X(f"yearmonthdate({x}):O", title=x.capitalize() + " from", axis=_days())


def _days() -> alt.Axis:
    return alt.Axis(format="%d %b", formatType="time", labelAngle=-45, labelOverlap=True)
