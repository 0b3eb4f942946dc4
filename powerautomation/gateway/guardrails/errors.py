"""What a client is told whose prompt may not leave. Kinds are named, values never."""

from powerautomation.kernel.errors import Problem


class PromptRefused(Problem):
    """The prompt holds what the route does not let out."""

    code = "guardrails.prompt_refused"
    status = 400


class InjectionRefused(Problem):
    """A tool's result gives orders to the model."""

    code = "guardrails.injection_refused"
    status = 400
