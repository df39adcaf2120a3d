"""The script that Streamlit runs: navigation, filters, and the page."""

from __future__ import annotations

import os
from functools import partial

import streamlit as st

from clockify_dashboard import parts, sidebar
from clockify_dashboard.errors import DashboardError
from clockify_dashboard.filters import Filters  # noqa: TC001 - Streamlit reads the annotations
from clockify_dashboard.page import Page  # noqa: TC001 - likewise
from clockify_dashboard.pages import health, money, overview, people, projects
from clockify_dashboard.settings import Settings, from_environment
from clockify_dashboard.statements import Section  # noqa: TC001
from clockify_dashboard.warehouse import Answer, read

PAGES = (overview.PAGE, people.PAGE, projects.PAGE, money.PAGE, health.PAGE)
SECONDS = 600  # how long an answer of BigQuery is shown again


@st.cache_data(ttl=SECONDS, max_entries=200, show_spinner="Reading BigQuery …")
def answer_of(
    settings: Settings, _sections: tuple[Section, ...], asked: str, by: Filters
) -> Answer:
    """Read the sections of the page `asked`, or take the answer from the cache."""
    del asked  # part of the cache's key, in place of the sections
    return read(settings, _sections, by)


def show(page: Page) -> None:
    """Show a page, or say why it cannot be shown."""
    st.title(page.title, anchor=False)
    try:
        settings = from_environment(os.environ)
        anything = sidebar.everything(sidebar.today())
        choices = answer_of(settings, sidebar.CHOICES, "choices", anything)
        filters = sidebar.chosen(choices, page.filters)
        answer = answer_of(settings, tuple(page.sections), page.path, filters)
    except DashboardError as error:
        parts.failed(error)
        _offer_reload("Try again")
        return
    page.show(answer, filters)
    with st.sidebar:
        _offer_reload("Reload")
        st.caption(f"Read from BigQuery at {answer.read_at:%H:%M} UTC")


def _offer_reload(label: str) -> None:
    st.button(label, on_click=answer_of.clear, icon=":material/refresh:")


def main() -> None:
    """Run the app once, as Streamlit does at every click."""
    # No icons of pages: Streamlit would load them from Google as the icon of the tab.
    st.set_page_config(page_title="Clockify", layout="wide")
    st.navigation(
        [
            st.Page(
                partial(show, page),
                title=page.title,
                url_path=page.path,
                default=page is PAGES[0],
            )
            for page in PAGES
        ]
    ).run()


if __name__ == "__main__":
    main()
