"""SAML 2.0 (Web Browser SSO): the request by HTTP-Redirect, the answer by HTTP-POST.

``adapter`` is what the rest sees and loads no XML library before it is used.
"""
