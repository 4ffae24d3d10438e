"""Tenants' intent as rows of OVN's northbound database, named as ML2/OVN names them; one file per noun.

``scopes`` is the way in: which scopes there are, which a change makes dirty, and what one scope compiles to.
"""
