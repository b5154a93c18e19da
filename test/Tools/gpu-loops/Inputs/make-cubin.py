# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a cubin of the code, the target and the register count of a listing with encodings.

usage: make-cubin.py LISTING OUTPUT [name=value ...]

Values: sm, abi (8, or 7 as of CUDA 12), machine (190), shared, frame (bytes; no records if 0).
"""
import re
import struct
import sys

listing, output, *assignments = sys.argv[1:]
text = open(listing).read()
values = {"sm": int(re.search(r"\.target\s+sm_(\d+)", text).group(1)), "abi": 8,
          "machine": 190, "shared": 512, "frame": 0}
for assignment in assignments:
    name, value = assignment.split("=")
    values[name] = int(value)
registers = int(re.search(r"SHI_REGISTERS=(\d+)", text).group(1))
words = re.findall(r"/\* (0x[0-9a-f]{16}) (0x[0-9a-f]{16}) \*/", text)
code = b"".join(struct.pack("<QQ", int(low, 16), int(high, 16)) for low, high in words)

NULL, PROGBITS, SYMTAB, STRTAB, NOBITS = 0, 1, 2, 3, 8
symbol = 1
info = struct.pack("<BBHII", 4, 0x2F, 8, symbol, registers)
if values["frame"]:
    info += struct.pack("<BBHII", 4, 0x11, 8, symbol, values["frame"])
sections = [  # name, type, bytes, size
    ("", NULL, b"", 0),
    (".strtab", STRTAB, b"\0attention\0", None),
    (".symtab", SYMTAB, bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 4, 0, len(code)), None),
    (".nv.info", 0x70000000, info, None),
    (".text.attention", PROGBITS, code, None),
    (".nv.shared.attention", NOBITS, b"", values["shared"]),
]
names = b"".join(name.encode() + b"\0" for name, *_ in sections) + b".shstrtab\0"
sections.append((".shstrtab", STRTAB, names, None))

body, headers = b"", b""
for name, kind, data, size in sections:
    place = 64 + len(body)
    body += data
    headers += struct.pack("<IIQQQQIIQQ", names.index(name.encode() + b"\0"), kind, 0, 0, place,
                           len(data) if size is None else size, 0, 0, 1, 0)
flags = values["sm"] << 8 if values["abi"] >= 8 else values["sm"]
header = b"\x7fELF\2\1\1\x41" + bytes([values["abi"]]) + bytes(7)
header += struct.pack("<HHIQQQIHHHHHH", 2, values["machine"], 1, 0, 0, 64 + len(body), flags,
                      64, 56, 0, 64, len(sections), len(sections) - 1)
open(output, "wb").write(header + body + headers)
