"""What was read from another gateway's configuration, in our words."""

from dataclasses import dataclass, field
from typing import Any, Literal

NoteKind = Literal["left_out", "changed", "to_do"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know of the import. ``place`` is where it stands in the foreign file; ``left_out``: not
    carried over; ``changed``: carried over differently; ``to_do``: needs a person."""

    kind: NoteKind
    place: str
    text: str


@dataclass(slots=True)
class ImportedProvider:
    """One upstream account. The key is the name of an environment variable; when the file held it in clear, ``secret``
    is that key, which is stored or left in its place but never shown."""

    name: str
    preset: str = ""
    dialect: str = ""
    base_url: str = ""
    key_variable: str = ""
    secret: str = field(default="", repr=False)
    limits: dict[str, float] = field(default_factory=dict)

    def as_settings(self) -> dict[str, Any]:
        """Return the provider as the configuration file says it."""
        made: dict[str, Any] = {"preset": self.preset} if self.preset else {"dialect": self.dialect}
        if self.base_url:
            made["base_url"] = self.base_url
        if self.key_variable:
            made["api_key"] = "${" + self.key_variable + "}"
        return {**made, **self.limits}


@dataclass(slots=True)
class ImportedDeployment:
    """One model at one provider; prices per million tokens as decimal text."""

    provider: str
    model: str
    price: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedRoute:
    """Requests whose model matches ``pattern`` and that fulfil ``when`` use these models, in order or as ``policy``
    says. ``weights`` are by model or deployment."""

    name: str
    pattern: str
    use: tuple[str, ...]
    policy: str = ""
    weights: dict[str, float] = field(default_factory=dict)
    when: str = ""

    @property
    def glob(self) -> str:
        """The pattern as ours: a bracket is part of a name there (``claude-sonnet-4-5[1m]``), a choice of letters
        here."""
        return self.pattern.replace("[", "[[]")

    def as_settings(self) -> dict[str, Any]:
        """Return the route as the configuration file says it."""
        match = {"model": self.glob}
        if self.when:
            match["when"] = self.when
        made: dict[str, Any] = {"name": self.name, "match": match, "use": list(self.use)}
        if self.policy:
            made["policy"] = self.policy
        if self.weights:
            made["weights"] = dict(self.weights)
        return made


@dataclass(slots=True)
class Imported:
    """Everything that was understood, and what was not."""

    source: str
    providers: dict[str, ImportedProvider] = field(default_factory=dict)
    models: dict[str, list[ImportedDeployment]] = field(default_factory=dict)
    routes: list[ImportedRoute] = field(default_factory=list)
    gateway: dict[str, float] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def note(self, kind: NoteKind, place: str, text: str) -> None:
        """Remember something for the report, once."""
        note = Note(kind, place, text)
        if note not in self.notes:
            self.notes.append(note)

    def as_settings(self) -> dict[str, Any]:
        """Return what was understood in the shape of the configuration file."""
        made: dict[str, Any] = {}
        if self.gateway:
            made["gateway"] = dict(self.gateway)
        made["providers"] = {name: provider.as_settings() for name, provider in self.providers.items()}
        made["models"] = {
            name: {
                "deployments": [
                    {"provider": one.provider, "model": one.model, **({"price": one.price} if one.price else {})}
                    for one in deployments
                ]
            }
            for name, deployments in self.models.items()
        }
        if self.routes:
            made["routes"] = [route.as_settings() for route in self.routes]
        return made
