"""A client of grpcio; see ../check."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.wrappers_pb2 import StringValue
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

REDIRECT = "/loadBalancer.loadBalancer/Redirect"
ALIAS = "/my.custom.server.Service/Method"
VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8"
VIDEO_ON_CDN = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8"
CALLERS = 16
PATIENCE_SECONDS = 20


def check(holds, what, found):
    if not holds:
        sys.exit(f"grpcio: {what}: {found}")


class Client:
    def __init__(self, channel):
        self.channel = channel
        self.health = HealthStub(channel)

    # Request and Response have one string with the number 1, as StringValue has, so no code is generated.
    def redirect(self, method, video, **options):
        call = self.channel.unary_unary(method, StringValue.SerializeToString, StringValue.FromString)
        return call.with_call(StringValue(value=video), **{"timeout": PATIENCE_SECONDS, **options})

    def error(self, method, video):
        try:
            return f"answered {self.redirect(method, video)[0].value}", ""
        except grpc.RpcError as e:
            return e.code(), e.details()

    def every_tenth(self, calls):
        def share(number):
            return [self.redirect(REDIRECT, VIDEO)[0].value for _ in range(number)]

        shares = [calls // CALLERS + (1 if i < calls % CALLERS else 0) for i in range(CALLERS)]
        with ThreadPoolExecutor(CALLERS) as pool:
            urls = [url for answers in pool.map(share, shares) for url in answers]
        counts = urls.count(VIDEO_ON_CDN), urls.count(VIDEO)
        check(counts == (calls - calls // 10, calls // 10), "calls to the CDN, to the origin", counts)

    def metadata(self):
        sent = [("x-text", "a"), ("x-text", "b"), ("x-bytes-bin", b"\x00\xff"), ("x-long", "v" * 2000)]
        _, call = self.redirect(ALIAS, VIDEO, metadata=sent)
        check(("served-by", "interop") in call.initial_metadata(), "served-by", call.initial_metadata())

    def compression(self):
        path = "v" * 4000
        answer, _ = self.redirect(REDIRECT, f"http://s1.origin-cluster/{path}", compression=grpc.Compression.Gzip)
        check(answer.value.endswith(path), "a call with gzip", answer.value)

    def rejection(self):
        code, text = self.error(REDIRECT, "http://s1.origin-cluster/a%zz")
        rejected = code is grpc.StatusCode.INVALID_ARGUMENT and text.startswith("invalid video URL (characters)")
        check(rejected and "%zz" in text, "a rejection", (code, text))

    def unknown_method(self):
        code, text = self.error("/loadBalancer.loadBalancer/Nothing", VIDEO)
        check(code is grpc.StatusCode.UNIMPLEMENTED, "an unknown method", (code, text))

    def unfinished(self, timeout=None):
        """Begins a call and does not end its request, so that it stays open."""
        method = self.channel.stream_stream(REDIRECT, StringValue.SerializeToString, StringValue.FromString)
        return method(NeverEnding(), timeout=timeout)

    def is_serving(self):
        answer = self.health.Check(HealthCheckRequest(), timeout=PATIENCE_SECONDS)
        check(answer.status == HealthCheckResponse.SERVING, "health", answer)

    def deadline(self):
        code = self.unfinished(timeout=0.2).code()
        check(code is grpc.StatusCode.DEADLINE_EXCEEDED, "a call beyond its deadline", code)

    def cancellation(self):
        call = self.unfinished()
        self.is_serving()  # Answered after the server has seen the call before.
        call.cancel()
        check(call.code() is grpc.StatusCode.CANCELLED, "a cancelled call", call.code())
        self.is_serving()

    def watch(self):
        call = self.health.Watch(HealthCheckRequest())
        answer = next(call)
        check(answer.status == HealthCheckResponse.SERVING, "Watch", answer)
        call.cancel()
        check(call.code() is grpc.StatusCode.CANCELLED, "a cancelled Watch", call.code())
        self.is_serving()


class NeverEnding:
    """Requests of which there is none, but one may still come. Daemon threads of grpcio wait for it."""

    def __iter__(self):
        return self

    def __next__(self):
        threading.Event().wait()


def main():
    address, ca, calls = sys.argv[1:]
    if ca:
        with open(ca, "rb") as file:
            channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))
    else:
        channel = grpc.insecure_channel(address)
    with channel:
        client = Client(channel)
        client.every_tenth(int(calls))
        client.metadata()
        client.compression()
        client.rejection()
        client.unknown_method()
        client.deadline()
        client.cancellation()
        client.watch()


if __name__ == "__main__":
    main()
