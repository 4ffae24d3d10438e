"""The cloud file and tenants' intent as record sets of DNS zones.

``scopes`` is the way in: a zone's apex is a scope, and so is each name, whatever its addresses come from.
"""
