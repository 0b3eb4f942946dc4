"""What the endpoints of single sign-on answer, from the domain's values."""

from powerautomation.identity.single_sign_on.entities import TestReport
from powerautomation.identity.single_sign_on.options import LdapAnswer, OidcAnswer, SamlAnswer
from powerautomation.identity.single_sign_on.policy import PolicyView
from powerautomation.identity.single_sign_on.providers import ProviderView
from powerautomation.identity.single_sign_on.schemas import (
    BreakGlassPerson,
    RoleRuleBody,
    SignInPolicyAnswer,
    SignInProviderAnswer,
    SignInTestAnswer,
)


def provider_answer(view: ProviderView) -> SignInProviderAnswer:
    """Return a provider without its secret."""
    one = view.provider
    return SignInProviderAnswer(
        id=one.id,
        kind=one.kind,
        name=one.name,
        enabled=one.enabled,
        oidc=OidcAnswer.model_validate(one.options) if one.kind == "oidc" else None,
        ldap=LdapAnswer.model_validate(one.options) if one.kind == "ldap" else None,
        saml=SamlAnswer.model_validate(one.options) if one.kind == "saml" else None,
        has_secret=view.has_secret,
        rules=[RoleRuleBody(claim=rule.claim, value=rule.value, role=rule.role) for rule in one.rules],
        default_role=one.default_role,
        email_domains=list(one.email_domains),
        creates_people=one.creates_people,
        links_by_email=one.links_by_email,
        session_hours=one.options.get("session_hours") or 0,
        people=view.people,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def test_answer(report: TestReport) -> SignInTestAnswer:
    """Return what a test sign-in showed."""
    return SignInTestAnswer(
        id=report.id,
        provider_id=report.provider_id,
        finished=report.finished,
        claims=dict(report.claims) if report.claims is not None else None,
        subject=report.subject,
        role=report.role,
        outcome=report.outcome,
        code=report.code,
        message=report.message,
        action=report.action,
    )


def policy_answer(view: PolicyView) -> SignInPolicyAnswer:
    """Return whether passwords sign in, and who could in any case."""
    named, candidates = (
        [BreakGlassPerson(id=one.id, name=one.name, email=one.email) for one in people]
        for people in (view.named, view.candidates)
    )
    return SignInPolicyAnswer(
        passwords=view.policy.passwords,
        break_glass=named,
        candidates=candidates,
        provider_works=view.provider_works,
    )
