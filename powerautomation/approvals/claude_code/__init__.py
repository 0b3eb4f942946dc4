"""Owns how Claude Code asks before it acts: the program behind its hooks, and the lines in its settings that call it.

Nothing is imported here: the hook starts with every tool call, and needs only Python itself.
"""
