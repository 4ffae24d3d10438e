"""What the API says of itself: versions, extensions, quotas, OpenAPI."""

from collections.abc import Iterable, Mapping
from typing import Any

from seapoint.base.errors import TenantError
from seapoint.intent.attributes import Attribute, attributes
from seapoint.intent.formats import Json
from seapoint.intent.resource import Resource
from seapoint.intent.rules import CloudRules

UPDATED = "2026-11-21T00:00:00-00:00"

# alias -> name; the aliases are Neutron's but for those that begin with our name
EXTENSIONS: Mapping[str, str] = {
    "allowed-address-pairs": "Allowed Address Pairs",
    "binding": "Port Binding",
    "dns-integration": "DNS Integration",
    "external-net": "Neutron external network",
    "ext-gw-mode": "Neutron L3 Configurable external gateway mode",
    "extra_dhcp_opt": "Neutron Extra DHCP options",
    "extraroute": "Neutron Extra Route",
    "extraroute-atomic": "Atomically add/remove extra routes",
    "filter-validation": "Filter parameters validation",
    "net-mtu": "Network MTU",
    "net-mtu-writable": "Network MTU (writable)",
    "pagination": "Pagination support",
    "port-security": "Port Security",
    "project-id": "project_id field enabled",
    "provider": "Provider Network",
    "quotas": "Quota management support",
    "revision-if-match": "If-Match constraints based on revision_number",
    "router": "Neutron L3 Router",
    "security-group": "security-group",
    "sorting": "Sorting support",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-revisions": "Resource revision numbers",
    "standard-attr-tag": "Tag support for resources with standard attribute",
    "standard-attr-timestamp": "Resource timestamps",
    "stateful-security-group": "Stateful security group",
    "subnet-service-types": "Subnet service types",
    "seapoint-router-nat-exclusions": "NAT exclusions of a router's gateway",
}

DESCRIPTIONS: Mapping[str, str] = {
    "seapoint-router-nat-exclusions": "external_gateway_info.nat_exclusions of a router: a list of prefixes. Packets "
    "to them keep their source address although enable_snat is true. An update that leaves it out keeps it.",
}


def versions(base: str) -> Json:
    """The answer of ``/``."""
    return {"versions": [_version(base)]}


def version_2(base: str, resources: Iterable[Resource[Any]]) -> Json:
    """The answer of ``/v2.0/``."""
    shown = [
        {
            "name": resource.kind,
            "collection": resource.path,
            "links": [{"rel": "self", "href": f"{base}/v2.0/{resource.path}"}],
        }
        for resource in resources
    ]
    return {"version": _version(base), "resources": shown}


def extensions() -> Json:
    """The answer of ``/v2.0/extensions``."""
    return {"extensions": [_extension(alias) for alias in EXTENSIONS]}


def extension(alias: str) -> Json:
    """The answer of ``/v2.0/extensions/ALIAS``; raises TenantError 404."""
    if alias not in EXTENSIONS:
        raise TenantError("ExtensionNotFound", f"Extension with alias {alias} does not exist", 404)
    return {"extension": _extension(alias)}


def quotas(resources: Iterable[Resource[Any]], rules: CloudRules) -> Json:
    """The bound of each kind of object in a project; -1 is none."""
    return {"quota": {resource.kind: rules.quotas.get(resource.kind, -1) for resource in resources}}


def openapi(resources: Iterable[Resource[Any]]) -> Json:
    """The API in OpenAPI 3.1, derived from the attribute rows."""
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = {}
    for resource in resources:
        rows = attributes(resource.value)
        schemas[resource.kind] = _schema([row for row in rows if row.visible])
        schemas[f"{resource.kind}_create"] = _schema([row for row in rows if row.create])
        schemas[f"{resource.kind}_update"] = _schema([row for row in rows if row.update], required=False)
        one, many = _body(resource.kind, resource.kind), _many(resource)
        parameters = [
            {"name": row.wire, "in": "query", "schema": {"type": "string"}, "description": row.doc}
            for row in rows
            if row.filter and row.visible
        ]
        paths[f"/v2.0/{resource.path}"] = {
            "get": {"parameters": parameters, "responses": {"200": many}},
            "post": {"requestBody": _body(resource.kind, f"{resource.kind}_create"), "responses": {"201": one}},
        }
        identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        paths[f"/v2.0/{resource.path}/{{id}}"] = {
            "parameters": [identifier],
            "get": {"responses": {"200": one}},
            "put": {"requestBody": _body(resource.kind, f"{resource.kind}_update"), "responses": {"200": one}},
            "delete": {"responses": {"204": {"description": "deleted"}}},
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Seapoint: OpenStack Networking API", "version": "v2.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _version(base: str) -> Json:
    return {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": f"{base}/v2.0/"}]}


def _extension(alias: str) -> Json:
    name = EXTENSIONS[alias]
    return {"alias": alias, "name": name, "description": DESCRIPTIONS.get(alias, name), "updated": UPDATED, "links": []}


def _schema(rows: Iterable[Attribute], *, required: bool = True) -> Json:
    shown = list(rows)
    return {
        "type": "object",
        "properties": {row.wire: {**row.format.schema, "description": row.doc} for row in shown},
        "required": [row.wire for row in shown if row.required and required],
    }


def _body(key: str, schema: str) -> Json:
    wrapped = {"type": "object", "properties": {key: {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": key, "content": {"application/json": {"schema": wrapped}}}


def _many(resource: Resource[Any]) -> Json:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{resource.kind}"}}
    wrapped = {"type": "object", "properties": {resource.plural: items}}
    return {"description": resource.plural, "content": {"application/json": {"schema": wrapped}}}
