"""Runs inside the sandbox: verify the C2PA manifest that a file on standard input carries.

`main([])` prints one JSON object: `state`, and `told`, what the manifest says of who made the file with what.
The library is a large one, so it is loaded only for a file that carries a manifest. It may fetch nothing (the
sandbox has no network either), and no list of trusted signers is pretended: whose signature it is, nobody
here knows.
"""

import json
import sys
from typing import Any

from evidence.traces.kinds import Manifest

_SETTINGS = {
    "verify": {
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_trust": False,
        "verify_timestamp_trust": False,
    }
}
_MOST_TOLD = 20
_LONGEST = 500


def main(_: list[str]) -> int:
    """Verify standard input; always 0, since a broken manifest is an answer as well."""
    state, told = verify(sys.stdin.buffer)
    sys.stdout.write(json.dumps({"state": state, "told": told}))
    return 0


def verify(file: Any) -> tuple[Manifest, list[str]]:
    """The state of a file's manifest and what it says."""
    import c2pa  # noqa: PLC0415 - half a second, and 23 MB, that most files have no need of

    try:
        with c2pa.Context.from_dict(_SETTINGS) as context, c2pa.Reader(file, context=context) as reader:
            if not reader.is_embedded():
                return "elsewhere", []
            state = str(reader.get_validation_state())
            return ("altered" if state == "Invalid" else "intact"), _told(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return "none", []
    except (c2pa.C2paError, ValueError) as refused:
        # What must be fetched is refused by this word, and in some versions by an error of its own.
        elsewhere = str(refused).startswith("Remote") or isinstance(refused, c2pa.C2paError.RemoteManifest)
        return ("elsewhere" if elsewhere else "unreadable"), []


def _told(store: Any) -> list[str]:
    """Who signed, with what program, what the title is, and what was done, by the newest manifest."""
    newest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = newest.get("signature_info", {})
    lines = [
        *(f"signed by {signature[key]}" for key in ("common_name", "issuer") if signature.get(key)),
        *(f"signed at {signature[key]}" for key in ("time",) if signature.get(key)),
        *(
            f"made with {maker.get('name')} {maker.get('version') or ''}"
            for maker in newest.get("claim_generator_info", [])
        ),
        *([f"title {newest['title']}"] if newest.get("title") else []),
    ]
    for assertion in newest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            lines += [f"action {action.get('action')}" for action in assertion["data"].get("actions", [])]
    return [str(line).strip()[:_LONGEST] for line in lines[:_MOST_TOLD]]
