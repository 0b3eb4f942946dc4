"""Owns requests for approval: durable, bound to the exact action by a digest, answered by people, done at most once.

An agent asks (``pending``), a person or a rule answers (``approved``, ``denied``), the agent reserves what was agreed
to right before it does it (``reserved``), and says how it ended. One conditional write is behind each of these steps.
"""

from powerautomation.approvals.requests.deciding import Decider, decide_request, get_for, switch_automatic
from powerautomation.approvals.requests.entities import Answer, Approval, NewRequest, Requester
from powerautomation.approvals.requests.jobs import ApprovalKeeper
from powerautomation.approvals.requests.reading import get_approval, list_approvals
from powerautomation.approvals.requests.repository import Sought
from powerautomation.approvals.requests.routes import router
from powerautomation.approvals.requests.service import create_request, reserve, settle
from powerautomation.approvals.requests.tools import router as tools_router
from powerautomation.approvals.requests.waiting import ApprovalWatch

__all__ = [
    "Answer",
    "Approval",
    "ApprovalKeeper",
    "ApprovalWatch",
    "Decider",
    "NewRequest",
    "Requester",
    "Sought",
    "create_request",
    "decide_request",
    "get_approval",
    "get_for",
    "list_approvals",
    "reserve",
    "router",
    "settle",
    "switch_automatic",
    "tools_router",
]
