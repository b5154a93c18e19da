# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Talks to sattn-lsp-server as an editor does, and prints what it answers."""

import json
import subprocess

URI = "file:///a.mlir"
TEXT = """!t = tensor<1x2x8x16xf32>
func.func @f(%q: !t, %o: !t) -> !t {
  %0 = sattn.attention ins(%q, %q, %q : !t, !t, !t)
       outs(%o : !t) pattern(causal and PATTERN)
  return %0 : !t
}
"""
server = subprocess.Popen(["sattn-lsp-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)


def send(method, params, number=None):
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    body = json.dumps(message).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    server.stdin.flush()


def receive(wanted):
    """The next message that `wanted` holds for."""
    while True:
        length = 0
        while (line := server.stdout.readline().strip()):
            name, value = line.split(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server stopped"
        message = json.loads(server.stdout.read(length))
        if wanted(message):
            return message


def answer(number):
    return receive(lambda message: message.get("id") == number)["result"]


def diagnostics():
    return receive(lambda message: message.get("method") == "textDocument/publishDiagnostics")["params"]["diagnostics"]


send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
able = answer(1)["capabilities"]
print(f"initialize: hover {able['hoverProvider']}, definition {able['definitionProvider']}")
send("initialized", {})
send("textDocument/didOpen", {"textDocument": {
    "uri": URI, "languageId": "mlir", "version": 1, "text": TEXT.replace("PATTERN", "diagonal")}})
for found in diagnostics():
    start = found["range"]["start"]
    print(f"error at {start['line']}:{start['character']}: {found['message']}")
send("textDocument/didChange", {"textDocument": {"uri": URI, "version": 2},
                                "contentChanges": [{"text": TEXT.replace("PATTERN", "dense")}]})
print("after the change:", [found["message"] for found in diagnostics()] or "no errors")
send("textDocument/hover", {"textDocument": {"uri": URI}, "position": {"line": 2, "character": 10}}, 2)
hover = answer(2)["contents"]["value"]
print("hover:", "sattn.attention" if "sattn.attention" in hover else hover)
send("shutdown", None, 3)
answer(3)
send("exit", None)
print("exit code", server.wait(timeout=60))
