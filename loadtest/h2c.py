"""The smallest gRPC client that can tell, to a millisecond, when a server starts to answer. Standard library only.

  h2c.py wait PORT SECONDS             waits until health is SERVING; exits with 1 when the time is up
  h2c.py start answer PORT COMMAND...  starts COMMAND, prints the seconds from its start to its first answer, ends it
  h2c.py start serving PORT COMMAND... the same to SERVING
"""

import socket
import subprocess
import sys
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
START_LIMIT_SECONDS = 30

REDIRECT = "/loadBalancer.loadBalancer/Redirect"
REQUEST = b"http://s1.origin-cluster/video/123/xcg2djHckad.m3u8"
ANSWER = b"http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8"  # the first call of a server is never the origin's
HEALTH = "/grpc.health.v1.Health/Check"
SERVING = b"\x08\x01"


def field(number, text):
    """A field of a protobuf message, shorter than 16 KiB."""
    size = [len(text)] if len(text) < 0x80 else [len(text) & 0x7F | 0x80, len(text) >> 7]
    return bytes([number << 3 | 2, *size]) + text


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def header(name, value):
    """A header as HPACK's plain literal: no table, no Huffman code (RFC 7541, 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def read_frame(connection):
    """The next frame: type, flags, stream, payload."""
    head = read_exactly(connection, 9)
    payload = read_exactly(connection, int.from_bytes(head[:3], "big"))
    return head[3], head[4], int.from_bytes(head[5:], "big"), payload


def call_headers(port, path, extra={}):
    """The header block of a gRPC call."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": f"127.0.0.1:{port}",
        "content-type": "application/grpc",
        "te": "trailers",
    }
    return b"".join(header(name, value) for name, value in (fields | extra).items())


def call(port, path, message):
    """Answers the message of the reply; b"" for a reply without one, as of an error."""
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(
            PREFACE
            + frame(SETTINGS, 0, 0)
            + frame(HEADERS, END_HEADERS, 1, call_headers(port, path))
            + frame(DATA, END_STREAM, 1, body)
        )
        answer = b""
        while True:
            kind, flags, _, payload = read_frame(connection)
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            elif kind == DATA:
                answer += payload
            if kind in (RST_STREAM, GOAWAY):
                raise ConnectionError("refused")
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                return answer[5:]


def is_answering(port):
    return call(port, REDIRECT, field(1, REQUEST)) == field(1, ANSWER)


def is_serving(port):
    return call(port, HEALTH, b"") == SERVING


def wait_until(condition, port, deadline):
    while time.monotonic() < deadline:
        try:
            if condition(port):
                return True
            # It answers, but is not ready: to ask at once again would hold it up on its only core.
            time.sleep(0.02)
        except OSError:
            time.sleep(0.001)
    return False


def start(condition, port, command):
    begin = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        reached = wait_until(condition, port, begin + START_LIMIT_SECONDS)
        seconds = time.monotonic() - begin
    finally:
        server.terminate()
        try:
            server.wait(START_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
    if not reached:
        sys.exit(f"h2c.py: not reached within {START_LIMIT_SECONDS} s: {' '.join(command)}")
    print(f"{seconds:.4f}")


def main(arguments):
    match arguments:
        case ["wait", port, seconds]:
            sys.exit(0 if wait_until(is_serving, int(port), time.monotonic() + float(seconds)) else 1)
        case ["start", "answer", port, *command]:
            start(is_answering, int(port), command)
        case ["start", "serving", port, *command]:
            start(is_serving, int(port), command)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
