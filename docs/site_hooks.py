"""What the documentation site needs beyond MkDocs: links out of docs/, and its own Mermaid."""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
OUTWARD = re.compile(r"(?<=\]\()\.\./([^)\s#]+)(?=[#)])")
"""The target of a Markdown link that leaves docs/, without its anchor."""

SCRIPT = "assets/mermaid.js"
OFFICIAL = "74d7c46dabca328c2294733910a8aa1ed0c37451776e8d5295da38a2b758fb9b"
"""SHA-256 of dist/mermaid.min.js of Mermaid 11.16.0, as the Mermaid project publishes it on npm."""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Let links that leave docs/ lead to the repository: git hosts show those files, the site not.

    Raises:
        PluginError: If there is no such file or folder, or no address of the repository.
    """
    if not config.repo_url:
        raise PluginError("mkdocs.yml has no repo_url, so links that leave docs/ lead nowhere.")
    repository = config.repo_url.rstrip("/")

    def address(link: re.Match[str]) -> str:
        target = ROOT / link[1]
        if not target.exists():
            raise PluginError(f"{page.file.src_uri} links to {link[0]}, which does not exist.")
        kind = "tree" if target.is_dir() else "blob"
        return f"{repository}/{kind}/HEAD/{link[1]}"

    return OUTWARD.sub(address, markdown)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add Mermaid to the site. The theme would load it from a CDN.

    Raises:
        PluginError: If the package's copy of Mermaid is not the one that its project published.
    """
    script = resources.files("mermaidx").joinpath("assets/mermaid.js").read_bytes()
    if hashlib.sha256(script).hexdigest() != OFFICIAL:
        raise PluginError(
            "mermaidx has another Mermaid than the one that is known. Compare it with npm's, and"
            " change OFFICIAL in docs/site_hooks.py."
        )
    files.append(File.generated(config, SCRIPT, content=script))
    return files


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Let a page with a diagram load the site's own Mermaid, and ask no git host for stars."""
    if 'class="mermaid"' in output:
        # In the head, since the theme looks at the end of the page whether there is a Mermaid.
        script = f'<script src="{"../" * page.url.count("/")}{SCRIPT}"></script>'
        output = output.replace("</head>", script + "</head>", 1)
    return on_post_template(output)


def on_post_template(output_content: str, **_: object) -> str:
    """Keep the theme from asking the git host how many stars the repository has."""
    return output_content.replace(' data-md-component="source"', "")
