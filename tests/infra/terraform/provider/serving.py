"""A provider plugin that knows what AWS's resources look like, and does nothing.

Terraform starts it (`python serving.py SCHEMA`), reads one line from its standard output and talks gRPC to
it from then on (github.com/hashicorp/go-plugin, docs/guide-plugin-write-non-go.md; protocol 6 of
github.com/hashicorp/terraform, docs/plugin-protocol). It answers what the schema is and finds no fault with
any configuration, so `validate` is Terraform's own; under `terraform test` a mock takes its place for the
rest.
Whatever else it is asked, it refuses: nothing can be planned or made with it.
"""

import base64
import json
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from tf.gen import grpc_controller_pb2, grpc_controller_pb2_grpc, tfplugin_pb2, tfplugin_pb2_grpc
from tf.runner import _self_signed_cert

_LARGEST = 64 * 1024 * 1024
_MODE = {"list": "LIST", "set": "SET", "struct": "SINGLE", "map": "MAP"}


class Provider(tfplugin_pb2_grpc.ProviderServicer):
    """Answers from a schema as `schema.py` writes it."""

    def __init__(self, schema: dict[str, dict[str, Any]]) -> None:
        self._answer = tfplugin_pb2.GetProviderSchema.Response(
            provider=_schema({"attributes": _REGION, "nested": _PROVIDER_BLOCKS}),
            resource_schemas={name: _schema(block) for name, block in schema["resources"].items()},
            data_source_schemas={name: _schema(block) for name, block in schema["data"].items()},
            server_capabilities=tfplugin_pb2.ServerCapabilities(get_provider_schema_optional=True),
        )

    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._answer

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.ValidateDataResourceConfig.Response()

    def StopProvider(self, request: Any, context: Any) -> Any:  # noqa: N802
        return tfplugin_pb2.StopProvider.Response()


class Controller(grpc_controller_pb2_grpc.GRPCControllerServicer):
    """What go-plugin asks besides: to end."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def Shutdown(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.over.set()
        return grpc_controller_pb2.Empty()


def _attribute(name: str, kind: object) -> dict[str, Any]:
    return {"name": name, "type": kind, "required": False, "optional": True, "computed": False}


# The provider's own block, as far as this repository uses it; the package does not describe it.
_REGION = [_attribute("region", "string")]
_PROVIDER_BLOCKS = [
    {
        "name": "default_tags", "mode": "list", "single": True, "required": False,
        "block": {"attributes": [_attribute("tags", ["map", "string"])], "nested": []},
    }
]  # fmt: skip


def _schema(block: dict[str, Any]) -> Any:
    return tfplugin_pb2.Schema(version=0, block=_block(block))


def _block(block: dict[str, Any]) -> Any:
    return tfplugin_pb2.Schema.Block(
        attributes=[
            tfplugin_pb2.Schema.Attribute(**{**attribute, "type": json.dumps(attribute["type"]).encode()})
            for attribute in block["attributes"]
        ],
        block_types=[
            tfplugin_pb2.Schema.NestedBlock(
                type_name=nested["name"],
                nesting=tfplugin_pb2.Schema.NestedBlock.NestingMode.Value(_MODE[nested["mode"]]),
                block=_block(nested["block"]),
                **({} if nested["mode"] == "struct" else _how_many(nested)),
            )
            for nested in block["nested"]
        ],
    )


def _how_many(nested: dict[str, Any]) -> dict[str, int]:
    return {"min_items": int(nested["required"]), "max_items": int(nested["single"])}


def main(path: str) -> None:
    """Serve the schema in the file at `path` until Terraform says that it is over."""
    with open(path) as file:
        provider = Provider(json.load(file))
    controller = Controller()
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", _LARGEST)])
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(provider, server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(controller, server)
    with tempfile.TemporaryDirectory() as folder:
        certificate, credentials = _self_signed_cert()
        server.add_secure_port(f"unix:{folder}/plugin.sock", credentials)
        server.start()
        words = ("1", "6", "unix", f"{folder}/plugin.sock", "grpc", base64.b64encode(certificate).decode())
        sys.stdout.write("|".join(words).rstrip("=") + "\n")
        sys.stdout.flush()
        controller.over.wait()
        server.stop(None).wait()


if __name__ == "__main__":
    main(sys.argv[1])
