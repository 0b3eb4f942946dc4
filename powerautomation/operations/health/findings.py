"""What the doctor can find, in English: a code, what was found, how to mend it.

The console says the same in the reader's language (``doctor.found`` in its messages) by code and values; a test holds
both together.
"""

from powerautomation.operations.health.entities import Check, State

# code: (what was found, how to mend it); names in braces are the finding's values.
FINDINGS: dict[str, tuple[str, str]] = {
    "settings_file": ("Read from {file}.", ""),
    "settings_none": ("No configuration file is used.", ""),
    "settings_unset": (
        "{file}, line {line}: the environment variable {name} is not set, so it counts as empty.",
        "Set {name}, or remove it from the file.",
    ),
    "settings_misspelt": ("The environment variable {name} is not a setting and is ignored.", "Did you mean {meant}?"),
    "settings_unknown": ("The environment variable {name} is not a setting and is ignored.", "Remove it."),
    "port_serving": ("This server is listening.", ""),
    "port_free": ("{address} is free.", ""),
    "port_running": ("A server is running at {address}.", ""),
    "server_ready": ("A server runs on this data folder at {address}, and is ready ({said}).", ""),
    "server_not_ready": (
        "A server runs on this data folder at {address}, and is not ready: {said}.",
        "Wait a moment while it starts. If it stays so, its log says why.",
    ),
    "server_silent": (
        "A server runs on this data folder and said that it listens at {address}, but nothing answers there.",
        "Its log may say why. Stop it and start it again.",
    ),
    "port_taken": (
        "{address} cannot be used: {reason}.",
        "Stop the program that uses it, or choose another port: powerautomation serve --port {next}",
    ),
    "disk_ok": ("{free} MiB are free at {folder}.", ""),
    "disk_short": (
        "{free} MiB are free at {folder}.",
        "Free some space, or move the data folder to a larger disk (--data).",
    ),
    "folder_no_folder": ("{folder} is not a folder.", "Name a folder with --data."),
    "folder_unwritable": (
        "{folder} cannot be written by this user.",
        "Give it to the server's user (chown), or choose another folder with --data. It is: {wanted}",
    ),
    "folder_missing": ("{folder} does not exist yet; the first start creates it.", ""),
    "folder_key_open": ("The secret key {key} can be read by other users of this machine.", "Run: chmod 600 {key}"),
    "folder_open": ("Other users of this machine may look into {folder}.", "Run: chmod 700 {folder}"),
    "folder_ok": ("{folder} is writable, and closed to other users.", ""),
    "database_missing": ("{where} does not exist yet; the first start creates it.", ""),
    "database_empty": ("{where} answers and is empty; the first start fills it.", ""),
    "database_ok": ("{where} answers and is at revision {found}.", ""),
    "database_superuser": (
        "{where} answers and is at revision {found}. "
        "Its user passes the wall between organizations (row-level security).",
        "Give the server a role of its own: ALTER ROLE … NOSUPERUSER NOBYPASSRLS",
    ),
    "database_old": (
        "{where} is at revision {found}; this version needs {needed}.",
        "The next start brings it up to date after a backup, or run: powerautomation migrate",
    ),
    "database_new": (
        "{where} is at revision {found}, which is newer than this version knows ({needed}).",
        "Use the newer version of PowerAutomation again, or restore the backup taken before its update.",
    ),
    "secret_key_missing": ("The first start creates it.", ""),
    "secret_key_ok": ("{source} fits the database (fingerprint {fingerprint}).", ""),
    "prices_ok": ("Every model that was used in the last {days} days has a price.", ""),
    "prices_missing": (
        "No price is known for {names}: what they cost is missing in every sum ({count} in the last {days} days).",
        "State a price with the model in the configuration, or import one: powerautomation prices import",
    ),
    "balances_ok": ("No account at a provider is low: {names}.", ""),
    "balances_low": (
        "What is left in these accounts is low or used up: {names}.",
        "Pay into the account at the provider. Requests fail once it is empty; other deployments then answer.",
    ),
    "quotas_ok": ("No organization is near a quota.", ""),
    "quotas_near": (
        "Little or no room is left: {names}.",
        "Remove what is no longer used, or raise the quota: powerautomation organizations quota NAME RESOURCE=NUMBER",
    ),
    "redis_ok": ("{where} answers.", ""),
    "redis_silent": (
        "{where} does not answer ({reason}).",
        "See that it runs and that POWERAUTOMATION_REDIS_URL names it. Until then replicas learn of changes late.",
    ),
    "provider_keys_none": (
        "No provider is set up, so the built-in demo model answers.",
        "Set INFINI_API_KEY, MOONSHOT_API_KEY or ANTHROPIC_API_KEY, or add a key in the console under Providers.",
    ),
    "provider_keys_ok": ("Every provider has one: {names}.", ""),
    "provider_keys_missing": (
        "No key is set for {names}.",
        "Set for the server: {settings}. A configuration reads a key as ${{NAME}} from the environment.",
    ),
    "reach_ok": ("{host} answers (HTTP {status}).", ""),
    "reach_failed": (
        "{host} cannot be reached: {reason}.",
        "Check the network, DNS, firewall and the HTTPS_PROXY variable of the server.",
    ),
    "clock_alone": ("There is nothing to compare it with: no provider told the time.", ""),
    "clock_ok": ("Within {seconds} s of the other servers.", ""),
    "clock_behind": (
        "This machine's clock is {seconds} s behind the other servers.",
        "Switch time synchronisation on (timedatectl set-ntp true); sessions, prices and logs depend on the clock.",
    ),
    "clock_ahead": (
        "This machine's clock is {seconds} s ahead of the other servers.",
        "Switch time synchronisation on (timedatectl set-ntp true); sessions, prices and logs depend on the clock.",
    ),
    "public_url_ok": ("{address} leads to a running server.", ""),
    "public_url_elsewhere": (
        "{address}/healthz does not lead to this server.",
        "Start the server and check the proxy, DNS and TLS certificate, or correct server.public_url.",
    ),
    "public_stream_ok": ("Streamed answers arrive piece by piece.", ""),
    "public_stream_held": (
        "The proxy holds streamed answers back until they are complete.",
        "Switch its buffering off (nginx: proxy_buffering off). See docs/guides/reverse-proxies.md.",
    ),
    "public_websocket_ok": ("WebSockets are passed on.", ""),
    "public_websocket_dropped": (
        "The proxy does not pass WebSockets on ({answer}), so the console is not live.",
        "Let it forward the Upgrade and Connection headers. See docs/guides/reverse-proxies.md.",
    ),
    "check_timeout": ("No result within {seconds} s.", "Try again in a moment."),
    "check_broken": (
        "The check itself failed ({error}).",
        "This is a defect of PowerAutomation; please report it with the server's log.",
    ),
}


def found(check_id: str, title: str, state: State, code: str, **values: object) -> Check:
    """Return the outcome of a check: a code of ``FINDINGS`` with its values, put into words."""
    texts = {name: str(value) for name, value in values.items()}
    detail, action = (words.format(**texts) for words in FINDINGS[code])
    return Check(check_id, title, state, detail, action, code, texts)
