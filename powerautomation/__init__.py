"""PowerAutomation: self-hosted AI automation behind one login."""

__version__ = "0.1.0"
