"""The command `tap-fitbit authorize`: a person consents once, in a browser."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import click

from tap_fitbit.kinds import SCOPES
from tap_fitbit.settings import TOKEN_URL

AUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
NOT_INSTALLED = (
    "The library for the consent is not installed. Run: pip install 'singer-tap-fitbit[authorize]'"
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--client-id", envvar="TAP_FITBIT_CLIENT_ID", prompt="Client id")
@click.option(
    "--client-secret", envvar="TAP_FITBIT_CLIENT_SECRET", prompt="Client secret", hide_input=True
)
@click.option("--port", default=0, help="Port of this machine for Google's answer. Default: any.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--auth-url", default=AUTH_URL, show_default=True, help="Page of the consent.")
@click.option("--token-url", default=TOKEN_URL, show_default=True, help="Token endpoint.")
def authorize(
    client_id: str,
    client_secret: str,
    port: int,
    auth_url: str,
    token_url: str,
    *,
    no_browser: bool,
) -> None:
    """Ask a person for consent, and print the refresh token for the setting refresh_token.

    The OAuth client must be of the type Desktop app, in a project in which the Google Health API is
    enabled. Publish its consent screen first: while it is in Testing, the token expires after 7
    days.
    """
    try:
        from google_auth_oauthlib.flow import InstalledAppFlow  # noqa: PLC0415 -- an extra
        from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(NOT_INSTALLED) from error
    if urlsplit(token_url).hostname == "127.0.0.1":
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # only this machine, as in the sandbox
    # Scopes that the person leaves out are told below, in words.
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # noqa: S105 -- a switch of the library
    flow = InstalledAppFlow.from_client_config(
        {
            "installed": {
                "client_id": client_id,
                "client_secret": client_secret,
                "auth_uri": auth_url,
                "token_uri": token_url,
            }
        },
        scopes=list(SCOPES),
    )
    try:
        granted = flow.run_local_server(
            port=port, open_browser=not no_browser, access_type="offline", prompt="consent"
        )
    except OAuth2Error as error:
        raise click.ClickException(
            f"Google did not give a token ({error.error}). Consent to all that is asked, and check"
            " the id and the secret of the client."
        ) from error
    missing = set(SCOPES) - set(granted.granted_scopes or SCOPES)
    for scope in sorted(missing):
        click.echo(f"Not granted: {scope}. Deselect the streams that need it.", err=True)
    if not granted.refresh_token:
        raise click.ClickException(
            "Google gave no refresh token. Remove the program's access in the Google account, and"
            " run this again."
        )
    click.echo("Keep this secret, as the setting refresh_token:", err=True)
    click.echo(granted.refresh_token)
