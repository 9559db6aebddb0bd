"""Whether the centre's server can be reached: its name, the connection, TLS and its certificate.

Where the centre is stands in a file beside the station's configuration, which the province hands
out; without it nothing is asked, since a station is pulled from and need not reach anybody:

    host = "tarik.example.go.id"
    port = 443
    ca = "centre-ca.pem"           # only where its authority is not a public one
"""

import datetime
import socket
import ssl
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from selftest.errors import NotReadyError

CENTRE_NAME = "centre.toml"
_LIMIT_S = 8.0


class CentreLink(BaseModel):
    """Where the centre is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 443
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one got."""

    is_reached: bool
    text: str
    certificate_ends: datetime.datetime | None = None


def load_centre(place: Path | None) -> CentreLink:
    """Read the file; NotReadyError where there is none or it cannot be used."""
    if place is None or not place.is_file():
        raise NotReadyError(f"alamat pusat belum diatur / not set: {CENTRE_NAME}")
    try:
        link = CentreLink.model_validate(tomllib.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:  # what tomllib and pydantic raise
        raise NotReadyError(f"{place}: perbaiki / correct it: {error}") from error
    return link.model_copy(update={"ca": place.parent / link.ca}) if link.ca else link


def reach_centre(link: CentreLink) -> Reach:
    """Look the name up, connect and shake hands; send nothing."""
    try:
        addresses = socket.getaddrinfo(link.host, link.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Reach(False, f"DNS {link.host}: {error}")
    address = str(addresses[0][4][0])
    try:
        context = ssl.create_default_context(cafile=link.ca)
        with socket.create_connection((link.host, link.port), _LIMIT_S) as plain:
            return _shaken(context, plain, link.host, address)
    except ssl.SSLError as error:
        return Reach(False, f"TLS {link.host} ({address}): {error}")
    except OSError as error:
        return Reach(False, f"{link.host} ({address}): {error}")


def _shaken(context: ssl.SSLContext, plain: socket.socket, host: str, address: str) -> Reach:
    with context.wrap_socket(plain, server_hostname=host) as link:
        told = link.getpeercert() or {}
        ends_s = ssl.cert_time_to_seconds(str(told["notAfter"]))
        ends = datetime.datetime.fromtimestamp(ends_s, datetime.UTC)
        return Reach(True, f"{host} ({address}), {link.version()}", ends)
