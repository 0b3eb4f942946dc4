"""Reads a shell script the way a shell would, and judges each command that would run. Nothing is matched as text."""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Protocol

from powerautomation.approvals.risk.catalog import Program
from powerautomation.approvals.risk.entities import Level
from powerautomation.approvals.risk.ledger import DEEPEST, Flow, Ledger, Scope, TooMuch
from powerautomation.approvals.risk.variables import judge_loader, value_of
from powerautomation.approvals.risk.words import (
    BARE,
    QUOTED,
    SPLIT,
    UNKNOWN,
    Part,
    Word,
    ansi,
    in_double_quotes,
    make_words,
    unescaped,
)

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LONGEST = 16_000
_MOST_NODES = 12_000
_MOST_TURNS = 8
# A command in a word that the grammar takes for mere text.
HIDES_COMMAND = re.compile(r"(?<!\\)(?:\\\\)*(?:`|\$\(|[<>]\()")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\r]")
STATEMENTS = frozenset(
    {"command", "pipeline", "list", "redirected_statement", "subshell", "compound_statement", "if_statement",
     "while_statement", "for_statement", "c_style_for_statement", "case_statement", "case_item",
     "function_definition",
     "negated_command", "declaration_command", "unset_command", "variable_assignment", "variable_assignments",
     "do_group",
     "elif_clause", "else_clause", "test_command", "program"}
)  # fmt: skip

# Where the shell counts, or looks a name up that may be text of the script.
_COUNTS = frozenset({"arithmetic_expansion", "subscript", "c_style_for_statement", "unset_command",
                     "declaration_command"})  # fmt: skip
_KEYWORDS = frozenset({"if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac",
                       "function", "{", "}"})  # fmt: skip
_COUNTING_TESTS = frozenset({"-v", "-R", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"})


@cache
def _parser() -> "Parser":
    # Only a server whose agents ask needs the grammar.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class Judge(Protocol):
    """Judges one command by its words, and tells what it writes to its output."""

    def __call__(self, walk: "Walk", words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow: ...


class Redirect(Protocol):
    """Judges one redirect. Returns what it feeds the command with, and the files that its output goes to."""

    def __call__(
        self, walk: "Walk", node: "Node", scope: Scope, depth: int, after: "list[Node]"
    ) -> tuple[Flow | None, list[Word]]: ...


class Special(Protocol):
    """Judges one command of a program that has an entry in the catalog."""

    def __call__(
        self, walk: "Walk", name: str, program: Program, words: list[Word], scope: Scope, depth: int, stdin: Flow | None
    ) -> Flow: ...


class Walk:
    """One reading of one action."""

    def __init__(self, ledger: Ledger, judge: "Judge", redirect: "Redirect", special: Mapping[str, "Special"]) -> None:
        self.ledger = ledger
        self.special = special
        self._judge = judge
        self._redirect = redirect

    def judge(self, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        """Judge one command by its words. Raises ``TooMuch``."""
        return self._judge(self, words, scope, depth, stdin)

    def script(self, text: str, scope: Scope, depth: int, stdin: Flow | None = None) -> Flow:
        """Judge all that a script would run. Raises ``TooMuch`` when it cannot be understood; the code says why."""
        if depth > DEEPEST:
            raise TooMuch("too_deep")
        if len(text) > LONGEST:
            raise TooMuch("too_long")
        if _CONTROL.search(text.replace(UNKNOWN, "").replace("\r\n", "\n")):
            raise TooMuch("control_characters")
        if UNKNOWN in text:
            self.ledger.mark("wraps_unknown", text)
        plain = text.replace("\r\n", "\n").replace(UNKNOWN, "UNKNOWN")
        flow = self._parsed(plain, scope.copy() if "\\\n" in plain else scope, depth, stdin)
        if "\\\n" in plain:
            # The grammar takes a joined line for a space; the shell takes it for nothing, but not in a comment.
            flow = self._parsed(re.sub(r"(?<!\\)((?:\\\\)*)\\\n", r"\1", plain), scope, depth, stdin)
        return flow

    def _parsed(self, text: str, scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        tree = _parser().parse(text.encode("utf-8", "replace"))
        root = tree.root_node
        if root.has_error:
            raise TooMuch("unparsed")
        if root.descendant_count > _MOST_NODES:
            raise TooMuch("too_long")
        return self._node(root, scope, depth, stdin)

    def _node(self, node: "Node", scope: Scope, depth: int, stdin: Flow | None = None) -> Flow:
        kind = node.type
        if kind in _COUNTS or (kind == "compound_statement" and node.children[0].type == "(("):
            self.ledger.seen.add("counts")
        if kind == "command":
            return self._command(node, scope, depth, stdin)
        if kind == "pipeline":
            return self._pipeline(node.named_children, scope, depth, stdin)
        if kind == "redirected_statement":
            return self._redirected(node, scope, depth, stdin)
        if kind == "subshell":
            return self._all(node, scope.copy(), depth, stdin)
        if kind in ("variable_assignment", "declaration_command"):
            self._declared(node, scope, depth)
            words = [text_of(child) for child in node.named_children]
            if kind == "declaration_command" and all(re.fullmatch(r"-[^fF]+", word) for word in words):
                # Without a name it shows all there are.
                self.ledger.add("prints_environment", (text_of(node),), Level.MEDIUM, "command.export")
                self.ledger.seen.add("secret_variable")
                return Flow(frozenset({"secret_variable"}))
            return Flow()
        if kind == "function_definition":
            return self._function(node, scope, depth)
        if kind == "for_statement":
            return self._for(node, scope, depth, stdin)
        if kind in ("while_statement", "if_statement", "case_statement", "case_item", "c_style_for_statement"):
            # What is set inside may or may not have happened.
            return self._maybe(node, scope, depth, stdin)
        if kind == "unset_command":
            for name in node.named_children:
                self.parts(name, scope, depth)
                scope.variables.pop(text_of(name), None)
            return Flow()
        return self._all(node, scope, depth, stdin)

    def _all(self, node: "Node", scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        taint: frozenset[str] = frozenset()
        texts: list[str] | None = []
        for child in node.named_children:
            if child.type in STATEMENTS:
                flow = self._node(child, scope, depth, stdin)
                taint |= flow.taint
                texts = None if texts is None or flow.text is None else [*texts, flow.text]
            elif child.type != "comment":
                self.parts(child, scope, depth)
        return Flow(taint, "".join(texts) if texts is not None else None)

    def _maybe(self, node: "Node", scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        before = dict(scope.variables)
        cwd = scope.cwd
        flow = self._all(node, scope, depth, stdin)
        for name, value in list(scope.variables.items()):
            if before.get(name) != value:
                scope.variables[name] = [Part(UNKNOWN, SPLIT, frozenset().union(*(part.taint for part in value)))]
        if scope.cwd != cwd:
            scope.cwd = UNKNOWN
        return Flow(flow.taint)

    def _for(self, node: "Node", scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        name = node.child_by_field_name("variable")
        values = [word for child in node.children_by_field_name("value") for word in self.words(child, scope, depth)]
        body = node.child_by_field_name("body")
        if body is None or name is None:
            raise TooMuch("unparsed")
        turns = values if 0 < len(values) <= _MOST_TURNS else [Word(UNKNOWN)]
        flow = Flow()
        for word in turns:
            scope.variables[text_of(name)] = [Part(word.text, SPLIT, word.taint)]
            flow = self._maybe(body, scope, depth, stdin)
        return Flow(flow.taint)

    def _function(self, node: "Node", scope: Scope, depth: int) -> Flow:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            raise TooMuch("unparsed")
        called = text_of(name)
        for redirect in node.children_by_field_name("redirect"):
            self._redirect(self, redirect, scope, depth, [])
        scope.functions[called] = body
        inner = scope.copy()
        inner.running = (*scope.running, called)
        for at in range(1, 10):
            # What it will be called with is judged when it is called.
            inner.variables[str(at)] = [Part("./" + UNKNOWN, SPLIT)]
        self._node(body, inner, depth + 1)
        return Flow()

    def call_function(self, name: str, words: list[Word], scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        """Judge a function of the script with its arguments. One that starts itself may be a fork bomb."""
        if name in scope.running:
            self.ledger.mark("fork_bomb", name)
            return Flow()
        body = scope.functions[name]
        if depth >= DEEPEST:
            raise TooMuch("too_deep")
        running = scope.running
        scope.running = (*running, name)
        kept = {str(at): scope.variables.get(str(at)) for at in range(1, 10)}
        for at in range(1, 10):
            scope.variables[str(at)] = (
                [Part(words[at - 1].text, SPLIT, words[at - 1].taint)] if at <= len(words) else []
            )
        flow = self._node(body, scope, depth + 1, stdin)
        scope.running = running
        for at_text, value in kept.items():
            if value is None:
                scope.variables.pop(at_text, None)
            else:
                scope.variables[at_text] = value
        return flow

    def _pipeline(self, stages: "list[Node]", scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        flow = stdin
        for stage in stages:
            if stage.type != "comment":
                flow = self._node(stage, scope.copy(), depth, flow)
        return flow or Flow()

    def _redirected(self, node: "Node", scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.named_children if child != body]
        if body is not None and any(len(one.children_by_field_name("destination")) > 1 for one in redirects):
            return self._parsed(_redirects_last(body, redirects), scope, depth, stdin)
        before: frozenset[str] = frozenset()
        while body is not None and body.type == "list":
            # The grammar hangs the redirect on the whole list; the shell on its last command, after the others ran.
            *earlier, body = [child for child in body.named_children if child.type != "comment"]
            for one in earlier:
                before |= self._node(one, scope, depth, stdin).taint
        after: list[Node] = []
        outputs: list[Word] = []
        for redirect in redirects:
            fed, sent = self._redirect(self, redirect, scope, depth, after)
            stdin = fed or stdin
            outputs += sent
        flow = Flow() if body is None else self._node(body, scope, depth, stdin)
        for word in outputs:
            if "network" in flow.taint:
                self.ledger.fetched.add(self.ledger.spot(word, scope).path)
            if "decoded" in flow.taint or flow.text is not None:
                scope.variables["\1" + self.ledger.spot(word, scope).path] = [Part(flow.text or "", QUOTED, flow.taint)]
        for rest in after:
            if rest.type == "pipeline":
                flow = self._pipeline(rest.named_children, scope, depth, flow)
            else:
                flow = self._node(rest, scope, depth, flow)
        return Flow(flow.taint | before) if before else flow

    def _declared(self, node: "Node", scope: Scope, depth: int) -> None:
        if node.type == "variable_assignment":
            self._assign(node, scope, depth)
            return
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, scope, depth)
            else:
                self.parts(child, scope, depth)

    def _assign(self, node: "Node", scope: Scope, depth: int) -> tuple[str, list[Part]]:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        called = "" if name is None else text_of(name)
        parts: list[Part] = []
        if value is not None:
            if value.type == "array":
                for child in value.named_children:
                    parts += [*self.parts(child, scope, depth), Part(" ", SPLIT)]
            else:
                made = make_words(self.parts(value, scope, depth, quoted=True), self.ledger.home)
                parts = [Part(word.text, SPLIT, word.taint) for word in made]
        added = any(child.type == "+=" for child in node.children)
        if name is not None and name.type == "subscript":
            called = called.split("[", 1)[0]
            self.parts(name, scope, depth)
            parts = [Part(UNKNOWN, SPLIT)]
        scope.variables[called] = [*scope.variables.get(called, [Part(UNKNOWN, SPLIT)]), *parts] if added else parts
        judge_loader(self.ledger, called, parts)
        scope.fields_changed = scope.fields_changed or called == "IFS"
        return called, parts

    def _command(self, node: "Node", scope: Scope, depth: int, stdin: Flow | None) -> Flow:
        words: list[Word] = []
        outputs: list[Word] = []
        inner = scope
        assigned = any(child.type == "variable_assignment" for child in node.named_children)
        if assigned:
            inner = scope.copy()
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assign(child, inner, depth)
            elif child.type in ("file_redirect", "herestring_redirect"):
                fed, sent = self._redirect(self, child, scope, depth, [])
                stdin = fed or stdin
                outputs += sent
            elif child.type == "command_name":
                if text_of(child) in _KEYWORDS:
                    # The grammar has lost its way: no program is called so.
                    raise TooMuch("unparsed")
                # The shell expands the words before it assigns the variables in front of them.
                words += [word for part in child.named_children for word in self.words(part, scope, depth)]
                if not child.named_children:
                    words.append(Word(text_of(child)))
            elif child.type != "comment":
                words += self.words(child, scope, depth)
        flow = self._judge(self, words, inner, depth, stdin)
        if assigned:
            scope.cwd = inner.cwd
        return flow

    def words(self, node: "Node", scope: Scope, depth: int) -> list[Word]:
        """Return the words that one word of the script becomes."""
        return make_words(self.parts(node, scope, depth), self.ledger.home)

    def parts(self, node: "Node", scope: Scope, depth: int, quoted: bool = False) -> list[Part]:
        """Return the parts of a word, judging the commands inside it. quoted: nothing in it is split."""
        if node.type in _COUNTS or (node.type == "test_operator" and text_of(node) in _COUNTING_TESTS):
            self.ledger.seen.add("counts")
        found = self._parts(node, scope, depth, quoted)
        self.ledger.text("".join(part.text for part in found))
        return found

    def _parts(self, node: "Node", scope: Scope, depth: int, quoted: bool) -> list[Part]:
        kind = node.type
        split = QUOTED if quoted else SPLIT
        if kind in (
            "word",
            "number",
            "variable_name",
            "special_variable_name",
            "extglob_pattern",
            "regex",
            "test_operator",
        ):
            if not node.named_children and HIDES_COMMAND.search(text_of(node)):
                raise TooMuch("unparsed")
            found = unescaped(text_of(node)) if not node.named_children else self._children(node, scope, depth, quoted)
            return found or [Part(text_of(node), BARE)]
        if kind == "raw_string":
            return [Part(text_of(node)[1:-1], QUOTED)]
        if kind == "ansi_c_string":
            return [Part(ansi(text_of(node)[2:-1]), QUOTED)]
        if kind == "string":
            return self.double_quoted(node, scope, depth, 1, 1) or [Part("", QUOTED)]
        if kind in ("concatenation", "translated_string"):
            return self._children(node, scope, depth, quoted)
        if kind == "simple_expansion":
            return value_of(self.ledger, text_of(node).lstrip("$"), scope, split)
        if kind == "expansion":
            return self._expansion(node, scope, depth, split)
        if kind == "command_substitution":
            flow = self._substituted(node, scope, depth)
            unseen = "./" + UNKNOWN if "listing" in flow.taint else UNKNOWN
            text = unseen if flow.text is None else flow.text.rstrip("\n")
            return [Part(text, split, flow.taint)]
        if kind == "process_substitution":
            flow = self._all(node, scope.copy(), depth + 1, None)
            return [Part("/dev/fd/63", QUOTED, flow.taint | {"process"})]
        if kind in ("arithmetic_expansion", "brace_expression"):
            self._children(node, scope, depth, quoted)
            return [Part("1", QUOTED)]
        if kind in ("string_content", "heredoc_content"):
            return [Part(in_double_quotes(text_of(node)), QUOTED)]
        if kind in STATEMENTS:
            self._node(node, scope, depth)
            return []
        self._children(node, scope, depth, quoted)
        return [Part(UNKNOWN, split)]

    def _children(self, node: "Node", scope: Scope, depth: int, quoted: bool) -> list[Part]:
        return [part for child in node.named_children for part in self.parts(child, scope, depth, quoted)]

    def double_quoted(self, node: "Node", scope: Scope, depth: int, first: int, last: int) -> list[Part]:
        """Return the parts between double quotes, or of a here-document: what no child covers is text."""
        source = node.text or b""
        at, end = first, len(source) - last
        parts: list[Part] = []
        for child in node.named_children:
            start = child.start_byte - node.start_byte
            if start > at:
                parts.append(Part(in_double_quotes(source[at:start].decode("utf-8", "replace")), QUOTED))
            parts += self.parts(child, scope, depth, quoted=True)
            at = child.end_byte - node.start_byte
        if at < end:
            parts.append(Part(in_double_quotes(source[at:end].decode("utf-8", "replace")), QUOTED))
        return parts

    def _substituted(self, node: "Node", scope: Scope, depth: int) -> Flow:
        text = text_of(node)
        if text.startswith("`") and "\\" in text:
            # Between old quotes a backslash is taken off before the text is a script.
            return self.script(re.sub(r"\\([$`\\])", r"\1", text[1:-1]), scope.copy(), depth + 1)
        if depth > DEEPEST:
            raise TooMuch("too_deep")
        if all(child.type in ("file_redirect", "comment") for child in node.named_children):
            taint: frozenset[str] = frozenset()
            for child in node.named_children:
                fed, _ = self._redirect(self, child, scope, depth, [])
                taint |= fed.taint if fed else frozenset()
            return Flow(taint)
        return self._all(node, scope.copy(), depth + 1, None)

    def _expansion(self, node: "Node", scope: Scope, depth: int, split: str) -> list[Part]:
        operators = [child.type for child in node.children if not child.is_named]
        names = node.named_children
        if any(child.type == "raw_string" and HIDES_COMMAND.search(text_of(child)[1:-1]) for child in names):
            # Between double quotes these quotes quote nothing.
            raise TooMuch("unparsed")
        if text_of(node).endswith("@P}"):
            self.ledger.mark("wraps_unknown", text_of(node))
        if ":" in operators:
            self.ledger.seen.add("counts")
        if operators == ["${", "}"] and len(names) == 1 and names[0].type in ("variable_name", "special_variable_name"):
            return value_of(self.ledger, text_of(names[0]), scope, split)
        taint: frozenset[str] = frozenset()
        if operators[:2] in (["${", "%"], ["${", "%%"]) and names and text_of(names[0]) in scope.variables:
            # What is cut off the end of a path leaves it in its folder.
            start = "".join(part.text for part in scope.variables[text_of(names[0])])
            if UNKNOWN not in start and ".." not in start:
                for child in names[1:]:
                    self.parts(child, scope, depth)
                folder = start.rpartition("/")[0] + "/" if "/" in start else "./"
                return [Part(folder + UNKNOWN, split, scope.variables[text_of(names[0])][0].taint)]
        for child in names:
            if child.type == "variable_name":
                taint |= frozenset().union(
                    *(part.taint for part in value_of(self.ledger, text_of(child), scope, split))
                )
            else:
                taint |= frozenset().union(*(part.taint for part in self.parts(child, scope, depth)))
        return [Part(UNKNOWN, split, taint)]


def text_of(node: "Node") -> str:
    """Return the source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def _redirects_last(body: "Node", redirects: "list[Node]") -> str:
    """Return a command's source with its redirects at the end: words between or after them are words of the command,
    which the grammar takes for further files. Raises ``TooMuch``."""
    words, files = [text_of(body)], []
    for redirect in redirects:
        if redirect.type not in ("file_redirect", "herestring_redirect"):
            raise TooMuch("unparsed")
        _, *more = redirect.children_by_field_name("destination") or [redirect]
        words += [text_of(word) for word in more]
        end = more[0].start_byte if more else redirect.end_byte
        files.append((redirect.text or b"")[: end - redirect.start_byte].decode("utf-8", "replace"))
    return " ".join([*words, *files])
