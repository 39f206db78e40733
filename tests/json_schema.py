"""Holds a value against a JSON schema, as far as docs/openapi.json uses them (draft 2020-12).

A keyword that is not known here is an error, so that nothing of a schema goes unchecked.
"""

import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}
SAYS_NOTHING = {"description", "format"}


def is_of_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def resolve(node, document):
    """What a reference leads to; anything else is itself."""
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def complaints(value, schema, document, where="it"):
    schema = resolve(schema, document)
    for keyword, rule in schema.items():
        if keyword in SAYS_NOTHING:
            continue
        check = CHECKS.get(keyword)
        if check is None:
            yield f"{where}: the schema uses `{keyword}`, which json_schema.py does not know"
        else:
            yield from check(value, rule, schema, document, where)


def check_type(value, rule, _, __, where):
    if not any(is_of_type(value, name) for name in ([rule] if isinstance(rule, str) else rule)):
        yield f"{where}: {value!r} is no {rule}"


def check_const(value, rule, _, __, where):
    if value != rule or type(value) is not type(rule):
        yield f"{where}: {value!r} is not {rule!r}"


def check_enum(value, rule, _, __, where):
    if value not in rule:
        yield f"{where}: {value!r} is none of {rule}"


def check_pattern(value, rule, _, __, where):
    if isinstance(value, str) and not re.search(rule, value):
        yield f"{where}: {value!r} does not fit {rule}"


def check_required(value, rule, _, __, where):
    if isinstance(value, dict):
        yield from (f"{where}: `{name}` is missing" for name in rule if name not in value)


def check_properties(value, rule, _, document, where):
    if isinstance(value, dict):
        for name in rule.keys() & value.keys():
            yield from complaints(value[name], rule[name], document, f"{where}.{name}")


def check_names(value, rule, _, document, where):
    for name in value if isinstance(value, dict) else ():
        yield from complaints(name, rule, document, f"{where}: the name")


def check_other_properties(value, rule, schema, document, where):
    if not isinstance(value, dict):
        return
    for name in value.keys() - schema.get("properties", {}).keys():
        if rule is False:
            yield f"{where}: `{name}` is not in the schema"
        elif rule is not True:
            yield from complaints(value[name], rule, document, f"{where}.{name}")


def check_items(value, rule, _, document, where):
    for number, item in enumerate(value if isinstance(value, list) else ()):
        yield from complaints(item, rule, document, f"{where}[{number}]")


CHECKS = {"type": check_type, "const": check_const, "enum": check_enum, "pattern": check_pattern, "required": check_required,
          "properties": check_properties, "propertyNames": check_names, "additionalProperties": check_other_properties,
          "items": check_items}
