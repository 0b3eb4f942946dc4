"""What the terminal says once the server is ready."""

from rich.console import Console
from rich.text import Text

from powerautomation import __version__
from powerautomation.app.application import Welcome
from powerautomation.gateway.connect import connect_snippets


def print_welcome(base_url: str, welcome: Welcome, *, demo_only: bool) -> None:
    """Print the address, and the first time the one-time admin link and copy-paste lines with a ready key."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(
        Text.assemble(("PowerAutomation ", "bold"), (__version__, "dim"), " is ready at ", (base_url, "cyan"))
    )
    if welcome.sign_in_token:
        console.print()
        console.print("Open the console with this one-time link (valid for 24 hours):", style="bold")
        console.print(f"  {base_url}/sign-in#token={welcome.sign_in_token}", style="cyan")
    if welcome.first_api_key:
        snippet = next(s for s in connect_snippets(base_url, welcome.first_api_key) if s.id == "claude-code")
        console.print()
        console.print("Point Claude Code at it (this key is shown once):", style="bold")
        for line in snippet.snippet.splitlines():
            console.print(f"  {line}", markup=False)
    if welcome.recovery_kit:
        console.print()
        console.print("Keep this recovery kit elsewhere, then delete the file (it holds the secret key):", style="bold")
        console.print(f"  {welcome.recovery_kit}", markup=False)
    if demo_only:
        console.print()
        console.print(
            "No provider key yet: the built-in demo model answers. Set INFINI_API_KEY, MOONSHOT_API_KEY or "
            "ANTHROPIC_API_KEY, or add a key in the console under Providers.",
            style="yellow",
        )
    console.print()
    console.print("Stop with Ctrl+C.", style="dim")
