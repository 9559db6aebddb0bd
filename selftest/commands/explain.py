"""`selftest explain`: what a code means, why it comes, what to do and who may do it."""

import json
import sys

from rich.console import Console

from selftest.commands.setting import JsonOption, Language, explained


def explain(code: str, language: Language = Language.ID, as_json: JsonOption = False) -> None:
    """Say what a code means, why it comes, how it is measured and what to do."""
    from selftest.exporters.explaining import render_explanation
    from selftest.faults import fault_text

    with explained():
        text = fault_text(code)
        if as_json:
            document = {"code": code.upper(), **text.model_dump(mode="json")}
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        else:
            Console().print(render_explanation(code.upper(), text, language.value))
