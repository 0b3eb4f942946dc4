"""What belongs to one protocol in the bodies of the single sign-on endpoints: a body and an answer for each kind."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class OidcBody(_Body):
    """An OpenID Connect provider: its issuer and this server's client there. Scopes are parted by spaces."""

    issuer: str = Field(min_length=1, max_length=500)
    client_id: str = Field(min_length=1, max_length=300)
    scopes: str | None = Field(default=None, max_length=500)
    algorithms: list[str] | None = Field(default=None, max_length=10)


class OidcAnswer(BaseModel):
    """An OpenID Connect provider, with the algorithms its tokens may be signed with."""

    issuer: str
    client_id: str
    scopes: str
    algorithms: list[str]


class LdapBody(_Body):
    """A directory: LDAP, Active Directory.

    ``servers`` are tried in their order: ``ldaps://host``, or ``ldap://host``, which is encrypted by StartTLS unless
    ``plain`` is set. The provider's ``secret`` is the password of ``bind_dn``. ``user_filter`` has ``{username}``;
    ``group_filter`` has ``{dn}`` or ``{username}`` and is asked under ``group_base_dn``. ``nested_groups`` asks Active
    Directory for the groups of groups. ``proves_email``: people cannot change their own e-mail address there.
    """

    servers: list[str] = Field(min_length=1, max_length=5)
    ca_certificate: str | None = Field(default=None, max_length=50_000)
    plain: bool | None = None
    bind_dn: str = Field(min_length=1, max_length=500)
    base_dn: str = Field(min_length=1, max_length=500)
    user_filter: str = Field(min_length=1, max_length=1000)
    subject_attribute: str = Field(min_length=1, max_length=100)
    email_attribute: str | None = Field(default=None, max_length=100)
    name_attribute: str | None = Field(default=None, max_length=100)
    group_attribute: str | None = Field(default=None, max_length=100)
    group_base_dn: str | None = Field(default=None, max_length=500)
    group_filter: str | None = Field(default=None, max_length=1000)
    nested_groups: bool | None = None
    proves_email: bool | None = None


class LdapAnswer(BaseModel):
    """A directory, as ``LdapBody`` has it; what was left out is empty."""

    servers: list[str]
    ca_certificate: str
    plain: bool
    bind_dn: str
    base_dn: str
    user_filter: str
    subject_attribute: str
    email_attribute: str
    name_attribute: str
    group_attribute: str
    group_base_dn: str
    group_filter: str
    nested_groups: bool
    proves_email: bool


class SamlBody(_Body):
    """A SAML 2.0 provider: its metadata (pasted, or the address they are fetched from), or its entity id, the address
    for HTTP-Redirect and its signing certificates, several while it changes them. Metadata decide over the rest.

    ``service_entity_id`` is what this server is called there; left out: the address of its metadata. With
    ``sign_requests`` or ``decrypts`` (assertions may be encrypted) a key is made, once. Attributes left out are looked
    for by their usual names; without ``subject_attribute`` the NameID is the subject. ``proves_email``: people cannot
    change their own e-mail address there.
    """

    metadata: str | None = Field(default=None, max_length=500_000)
    metadata_url: str | None = Field(default=None, max_length=1000)
    entity_id: str | None = Field(default=None, max_length=1024)
    sso_url: str | None = Field(default=None, max_length=1000)
    certificates: list[Annotated[str, Field(max_length=20_000)]] | None = Field(default=None, max_length=10)
    service_entity_id: str | None = Field(default=None, max_length=1024)
    sign_requests: bool | None = None
    subject_attribute: str | None = Field(default=None, max_length=300)
    email_attribute: str | None = Field(default=None, max_length=300)
    name_attribute: str | None = Field(default=None, max_length=300)
    groups_attribute: str | None = Field(default=None, max_length=300)
    proves_email: bool | None = None
    decrypts: bool | None = None


class SamlAnswer(BaseModel):
    """A SAML 2.0 provider, as ``SamlBody`` has it. ``own_certificate`` (PEM) is of the key that signs requests
    and opens assertions."""

    entity_id: str
    sso_url: str
    certificates: list[str]
    metadata_url: str
    service_entity_id: str
    sign_requests: bool
    own_certificate: str
    subject_attribute: str
    email_attribute: str
    name_attribute: str
    groups_attribute: str
    proves_email: bool
    decrypts: bool = False
