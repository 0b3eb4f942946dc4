"""Every action that code writes down has words in the console."""

import json
import re
from pathlib import Path

import powerautomation

PACKAGE = Path(powerautomation.__file__).parent
MESSAGES = PACKAGE.parent / "web/console/src/features/governance/audit/messages/en.json"
# Calls, with the first text of the form `domain.verb` in them; the frame's own action comes from the route.
CALL = re.compile(
    r"(?:record|record_stranger|_record_change|note_for_audit|_note|_note_share|_change|_changed)\((.{0,120}?)"
    r"\"([a-z_]+\.[a-z_]+)\"",
    re.DOTALL,
)
# One of two, chosen before the call.
CHOSEN = re.compile(r"\baction = \"([a-z_]+\.[a-z_]+)\" if [^\n]+ else \"([a-z_]+\.[a-z_]+)\"")


def test_every_action_and_kind_of_target_has_words_in_the_console() -> None:
    actions, targets = set(), set()
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text()
        if "audit" in text:
            actions |= {found[2] for found in CALL.finditer(text)}
            actions |= {action for found in CHOSEN.finditer(text) for action in found.groups()}
            targets |= set(re.findall(r"\bTarget\(\s*\"([a-z_]+)\"", text))
    words = json.loads(MESSAGES.read_text())
    known = {f"{domain}.{verb}" for domain, verbs in words["actions"].items() for verb in verbs}
    assert {"api_keys.create", "sessions.sign_in", "users.set_password", "backups.restore"} <= actions
    assert actions == known
    assert targets == set(words["targets"])
