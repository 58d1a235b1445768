"""A gRPC client that tells, to a millisecond, when a server starts to answer. Needs the Python package h2.

  h2c.py wait PORT SECONDS             waits until health is SERVING; exits with 1 when the time is up
  h2c.py start answer PORT COMMAND...  starts COMMAND, prints the seconds from its start to its first answer, ends it
  h2c.py start serving PORT COMMAND... the same to SERVING
"""

import socket
import subprocess
import sys
import time

try:
    from h2 import events
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.exceptions import ProtocolError
except ImportError:
    print("missing the Python package h2: apt-get install python3-h2, or pip install h2", file=sys.stderr)
    sys.exit(2)

START_LIMIT_SECONDS = 30
CALL_SECONDS = 5

REDIRECT = "/loadBalancer.loadBalancer/Redirect"
REQUEST = b"http://s1.origin-cluster/video/123/xcg2djHckad.m3u8"
ANSWER = b"http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8"  # the first call of a server is never the origin's
HEALTH = "/grpc.health.v1.Health/Check"
SERVING = b"\x08\x01"


def field(number, text):
    """A field of a protobuf message, shorter than 16 KiB."""
    size = [len(text)] if len(text) < 0x80 else [len(text) & 0x7F | 0x80, len(text) >> 7]
    return bytes([number << 3 | 2, *size]) + text


def framed(message):
    """The message as gRPC sends it: uncompressed, with its length."""
    return b"\x00" + len(message).to_bytes(4, "big") + message


def call_headers(port, path):
    return [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", f"127.0.0.1:{port}"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ]


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=CALL_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Client:
    """Makes one call after another on one connection, which no longer works after an OSError."""

    def __init__(self, port):
        self.port = port
        self.connection = connect(port)
        self.http2 = H2Connection(H2Configuration(client_side=True))
        self.http2.initiate_connection()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def call(self, path, message):
        """Returns the message of the answer; b"" for an answer without one, such as an error."""
        try:
            stream = self.http2.get_next_available_stream_id()
            self.http2.send_headers(stream, call_headers(self.port, path))
            self.http2.send_data(stream, framed(message), end_stream=True)
            answer = b""
            while True:
                self.connection.sendall(self.http2.data_to_send())
                data = self.connection.recv(65_536)
                if not data:
                    raise ConnectionError("closed")
                for event in self.http2.receive_data(data):
                    match event:
                        case events.DataReceived():
                            answer += event.data
                            self.http2.acknowledge_received_data(event.flow_controlled_length, stream)
                        case events.StreamReset() | events.ConnectionTerminated():
                            raise ConnectionError("rejected")
                        case events.StreamEnded():
                            return answer[5:]
        except ProtocolError as e:
            raise ConnectionError(f"not HTTP/2: {e}") from e


def call(port, path, message):
    with Client(port) as client:
        return client.call(path, message)


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
