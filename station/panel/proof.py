"""The proof of recording as a QR code: verifiable offline with the station's public key."""

import io
import json

import segno
from markupsafe import Markup

from station.register import CaseRow
from station.station import Station


def draw_proof(station: Station, row: CaseRow) -> Markup | None:
    """Return the code as an SVG, or None before the recording is sealed.

    It holds a JWS by the station over number, package and manifest hash: no name and no NIK.
    """
    if row.package_id is None:
        return None
    claims = {
        "typ": "ktpel-proof-1",
        "station": row.host_code,
        "number": row.number,
        "package": row.package_id,
        "manifest_sha256": row.manifest_sha256,
        "recorded_at": row.updated_at,
    }
    proof = station.keys.signer.sign_jws(json.dumps(claims, separators=(",", ":")).encode())
    code = segno.make(proof, error="m", micro=False)
    buffer = io.BytesIO()
    code.save(buffer, kind="svg", xmldecl=False, svgns=True, nl=False, border=2, omitsize=True)
    return Markup(buffer.getvalue().decode())  # noqa: S704 - drawn by segno from our own text
