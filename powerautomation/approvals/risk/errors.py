"""Why rules were not changed."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput


class RulesInvalid(InvalidInput):
    """The rules cannot be as they are; the fields say why."""

    code = "approval_rules.invalid"


class RulesChanged(Conflict):
    """Somebody else changed the rules meanwhile."""

    code = "approval_rules.changed"


class CasesFail(Conflict):
    """With these rules, saved test cases are judged otherwise than they must be."""

    code = "approval_rules.cases_fail"


class NotByPrograms(Forbidden):
    """Rules are changed by people, never by programs with a key."""

    code = "approval_rules.not_by_programs"
