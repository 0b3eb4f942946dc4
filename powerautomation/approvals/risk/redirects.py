"""Judges where a command's input comes from and where its output goes: redirects and here-documents."""

import re
from typing import TYPE_CHECKING

from powerautomation.approvals.risk.ledger import Flow, Scope, TooMuch
from powerautomation.approvals.risk.walk import STATEMENTS, Walk, text_of
from powerautomation.approvals.risk.words import UNKNOWN, Word

if TYPE_CHECKING:
    from tree_sitter import Node


def redirect(walk: Walk, node: "Node", scope: Scope, depth: int, after: "list[Node]") -> tuple[Flow | None, list[Word]]:
    """Judge one redirect. Returns what it feeds the command with, and the files that its output goes to."""
    if node.type == "herestring_redirect":
        words = [word for child in node.named_children for word in walk.words(child, scope, depth)]
        text = " ".join(word.text for word in words)
        taint = frozenset().union(*(word.taint for word in words)) if words else frozenset()
        return Flow(taint, None if UNKNOWN in text else text + "\n"), []
    if node.type == "heredoc_redirect":
        return _heredoc(walk, node, scope, depth, after)
    if node.type != "file_redirect":
        walk.parts(node, scope, depth)
        return None, []
    operators = [child.type for child in node.children if not child.is_named]
    operator = operators[0] if operators else ">"
    sent: list[Word] = []
    fed: Flow | None = None
    targets = node.children_by_field_name("destination")
    if len(targets) > 1:
        # Words of the command, and nobody says which.
        raise TooMuch("unparsed")
    for target in targets:
        if target.type == "number" or (operator in (">&", "<&") and text_of(target).rstrip("-").isdigit()):
            continue
        for word in walk.words(target, scope, depth):
            if operator in (">&", "<&") and word.text in ("-", ""):
                continue
            if word.text.startswith(("/dev/tcp/", "/dev/udp/")):
                walk.ledger.mark("reverse_shell", word.text)
                walk.ledger.host(word.text.split("/")[3] if word.text.count("/") > 3 else UNKNOWN, "connect")
            elif "process" in word.taint:
                continue
            elif operator.startswith("<"):
                spot = walk.ledger.path(word, "read", scope)
                fed = Flow(frozenset({"file", "secret"} if spot.zone == "secret" else {"file"}))
            else:
                walk.ledger.path(word, "append" if operator.endswith(">>") else "write", scope)
                sent.append(word)
    return fed, sent


def _heredoc(walk: Walk, node: "Node", scope: Scope, depth: int, after: "list[Node]") -> tuple[Flow | None, list[Word]]:
    fed: Flow | None = None
    outputs: list[Word] = []
    quoted = False
    for child in node.named_children:
        if child.type == "heredoc_start":
            quoted = re.search(r"['\"\\]", text_of(child)) is not None
        elif child.type == "heredoc_body":
            if quoted:
                fed = Flow(frozenset(), text_of(child))
                walk.ledger.text(text_of(child))
            else:
                for inner in old_quotes(text_of(child)):
                    walk.script(inner, scope.copy(), depth + 1)
                parts = walk.double_quoted(child, scope, depth, 0, 0)
                text = "".join(part.text for part in parts)
                taint = frozenset().union(*(part.taint for part in parts)) if parts else frozenset()
                fed = Flow(taint, None if UNKNOWN in text else text)
        elif child.type in ("file_redirect", "herestring_redirect"):
            more, sent = redirect(walk, child, scope, depth, after)
            fed = fed or more
            outputs += sent
        elif child.type in STATEMENTS:
            after.append(child)
        elif child.type not in ("heredoc_end", "comment"):
            # An operand of the command after the marker, or what this reader does not know.
            raise TooMuch("unparsed")
    return fed, outputs


def old_quotes(text: str) -> list[str]:
    """Return the scripts between old quotes in a here-document, text to the grammar. Raises ``TooMuch``."""
    pieces = re.split(r"(?<!\\)((?:\\\\)*)`", text)
    if len(pieces) % 4 == 3:
        raise TooMuch("unparsed")
    return [re.sub(r"\\([$`\\])", r"\1", piece) for piece in pieces[2::4]]
