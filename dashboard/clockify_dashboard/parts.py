"""Parts that every page is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clockify_dashboard.errors import DashboardError

NO_ENTRIES = "No entries in this period: choose a longer one, or fewer filters."


def tiles(values: Iterable[tuple[str, str]]) -> None:
    """Show numbers side by side, or below each other where the page is narrow."""
    with st.container(horizontal=True):
        for label, value in values:
            st.metric(label, value, width="content", border=True)


def chart(question: str, drawn: Any) -> None:
    """Show a chart under the question that it answers."""
    st.subheader(question, anchor=False)
    st.altair_chart(drawn, width="stretch", alt=question)


def table(
    frame: Any, file: str, titles: Mapping[str, str], forms: Mapping[str, str] | None = None
) -> None:
    """Show the columns in `titles`, with a button to download them; `forms` formats numbers."""
    shown = frame[list(titles)].rename(columns=titles)
    shown = shown.round(dict.fromkeys(forms or {}, 2))
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        column_config=_config(shown, forms or {}),
        placeholder="",
    )
    # With a byte order mark, or Excel would not take it for UTF-8.
    content = shown.to_csv(index=False).encode("utf-8-sig")
    st.download_button("Download as CSV", content, f"{file}.csv", "text/csv", key=f"csv_{file}")


def failed(error: DashboardError) -> None:
    """Say what happened and what to do."""
    st.error(error.happened)
    st.info(error.remedy)


def _config(shown: Any, forms: Mapping[str, str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for title, kind in shown.dtypes.items():
        if title in forms:
            config[title] = st.column_config.NumberColumn(format=forms[title])
        elif kind.kind == "f":
            config[title] = st.column_config.NumberColumn(format="localized", step=0.1)
        elif kind.kind == "i":
            config[title] = st.column_config.NumberColumn(format="localized")
        elif kind.kind == "M":
            zoned = getattr(kind, "tz", None) is not None
            form = "YYYY-MM-DD HH:mm" if zoned else "YYYY-MM-DD"
            config[title] = st.column_config.DatetimeColumn(format=form)
    return config
