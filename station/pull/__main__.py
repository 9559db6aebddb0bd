"""Run the pull interface: `python -m station.pull --help`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from station.answers import TrustedReceiptKeys
from station.inbox import Inbox
from station.pull.app import PullOptions, create_pull_app
from station.pull.server import (
    CertificateFilesError,
    PullServer,
    PullServerError,
    TlsFiles,
    ignore_signal_after_stop,
    listen,
    tls_context,
)
from station.spool import Spool
from station.tls import CertificateError, common_name

EXIT_COULD_NOT_RUN = 2
DEFAULT_PORT = 8443
EXAMPLE = """example:
  python -m station.pull --spool var/station/spool --inbox var/station/inbox \\
      --reports var/station/outbox/reports --certificate var/station/keys/tls-server.pem \\
      --key var/station/keys/tls-server.key --client-ca var/station/keys/centre/ca.pem \\
      --receipt-keys var/station/keys/centre/receipt-keys.json --port 8443
"""


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(
        prog="python -m station.pull",
        description="Offer sealed packages to the central system over mutual TLS.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    required = parser.add_argument_group("required")
    for name, help_text in (
        ("--spool", "folder of the sealed packages"),
        ("--inbox", "folder for receipts, notices and marks"),
        ("--reports", "folder of the numbered repair reports"),
        ("--certificate", "server certificate, PEM"),
        ("--key", "its private key, PEM"),
        ("--client-ca", "authority of the centre's client certificates, PEM"),
        ("--receipt-keys", "JWK Set of the keys by which the centre signs"),
    ):
        required.add_argument(name, type=Path, required=True, help=help_text)
    parser.add_argument("--client-crl", type=Path, help="revoked client certificates, PEM")
    parser.add_argument("--checkpoint", type=Path, help="signed head of the audit log")
    parser.add_argument("--readiness", type=Path, help="readiness by capability, JSON")
    parser.add_argument("--station", help="station code (default: name in the certificate)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free port")
    parser.add_argument("--openapi", action="store_true", help="also serve /openapi.json")
    return parser.parse_args(arguments)


def make_server(options: argparse.Namespace) -> PullServer:
    """Compose the server; PullServerError says what is missing."""
    files = TlsFiles(options.certificate, options.key, options.client_ca, options.client_crl)
    context = tls_context(files)
    try:
        trusted = TrustedReceiptKeys.from_file(options.receipt_keys)
        station_code = options.station or common_name(options.certificate.read_bytes())
    except (OSError, ValueError, CertificateError) as error:
        raise CertificateFilesError(str(error)) from error
    outbox = options.reports.parent
    app = create_pull_app(
        Spool(options.spool),
        Inbox(options.inbox),
        trusted,
        PullOptions(
            station_code=station_code,
            reports_folder=options.reports,
            checkpoint_file=options.checkpoint or outbox / "audit-checkpoint",
            readiness_file=options.readiness or outbox / "readiness.json",
            has_docs=options.openapi,
        ),
    )
    return PullServer(app, listen(options.host, options.port), context)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit code."""
    options = parse_arguments(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    ignore_signal_after_stop()
    try:
        make_server(options).serve_forever(lambda url: print(f"pull interface: {url}", flush=True))
    except (PullServerError, OSError) as error:
        print(f"the pull interface cannot run: {error}", file=sys.stderr)
        return EXIT_COULD_NOT_RUN
    return 0


if __name__ == "__main__":
    sys.exit(main())
