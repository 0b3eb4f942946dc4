"""Owns what may leave in a prompt: secrets and personal data are found and masked, refused or recorded; text in tool
results that gives orders is scored. Off unless a route asks for it."""

from powerautomation.gateway.guardrails.detectors import KINDS, find
from powerautomation.gateway.guardrails.entities import Finding, Guardrails, Screened
from powerautomation.gateway.guardrails.errors import InjectionRefused, PromptRefused
from powerautomation.gateway.guardrails.injection import injection_score
from powerautomation.gateway.guardrails.restoring import Restorer
from powerautomation.gateway.guardrails.rules import guardrails_of, screen

__all__ = [
    "KINDS",
    "Finding",
    "Guardrails",
    "InjectionRefused",
    "PromptRefused",
    "Restorer",
    "Screened",
    "find",
    "guardrails_of",
    "injection_score",
    "screen",
]
