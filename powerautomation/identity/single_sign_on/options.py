"""What belongs to one protocol in the bodies of the single sign-on endpoints: a body and an answer for each kind."""

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
