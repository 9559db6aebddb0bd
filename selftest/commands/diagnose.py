"""`selftest diagnose`: judge what was brought from another machine; one line per sub-command."""

import typer

from selftest.commands import diagnose_frames, diagnose_smartctl, diagnose_ups

app = typer.Typer(
    name="diagnose",
    help="Judge frames, a drive's dump or a UPS of another machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("frames", epilog="example: selftest diagnose frames blank/ --dark led-off/ --json")(
    diagnose_frames.frames
)
app.command("smartctl", epilog="example: selftest diagnose smartctl sda.json --json")(
    diagnose_smartctl.smartctl
)
app.command("ups", epilog="example: selftest diagnose ups ups@192.168.1.20 --json")(
    diagnose_ups.ups
)
