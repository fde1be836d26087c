#!/usr/bin/env python3
"""Holds a server's answers against h11, a strict reader of HTTP/1.1 that others wrote.

Each exchange is a pipeline of one to six requests on a connection of its own, sent in random pieces. Every answer must be readable
in full, belong to the request that is next, and say what that request asks for; what stands behind the last answer must be nothing.
A seed repeats a run: exchanges.py ADDRESS [EXCHANGES] [SEED]
"""

import collections
import multiprocessing
import random
import socket
import sys
import zlib

import h11

PROCESSES = 4
LIMIT = 60.0

# What is sent, and what its answer must be. `last`: no answer follows, whatever does. `unread`: it has a body that nobody reads, and for
# whose rest the server need not wait.
Ask = collections.namedtuple("Ask", "method sent status body last named unread", defaults=(False, True, False))


def head(method, target, name, *lines, version="1.1"):
    host = ["host: judge"] if version == "1.1" else []
    lines = [f"{method} {target} HTTP/{version}", *host, f"x-request-id: {name}", *lines, "", ""]
    return "\r\n".join(lines).encode()


def chunks(random, body):
    """The body in chunks of random lengths, now and then with an extension and a trailer."""
    out = []
    while body:
        length = random.randint(1, len(body))
        extension = random.choice([b"", b"", b";a=b"])
        out += [b"%x%s\r\n" % (length, extension), body[:length], b"\r\n"]
        body = body[length:]
    return b"".join(out) + b"0\r\n" + random.choice([b"", b"", b"x-trailer: 1\r\n"]) + b"\r\n"


def post(random, name):
    body = random.randbytes(random.choice([0, 1, 100, 5000, 70000]))
    digest = b'{"len":%d,"crc32":%d}' % (len(body), zlib.crc32(body))
    lines = random.choice([[], [], [], ["connection: upgrade", "upgrade: websocket"], ["upgrade: h2c"]])
    if random.random() < 0.5:
        sent = head("POST", "/lab/bytes", name, "transfer-encoding: chunked", *lines) + chunks(random, body)
    else:
        sent = head("POST", "/lab/bytes", name, f"content-length: {len(body)}", *lines) + body
    return Ask("POST", sent, 200, digest)


def get(random, name):
    target, status, body = random.choice(
        [
            (f"/lab/hello?name={name}", 200, b'{"hello":"%s"}' % name.encode()),
            (f"/lab/sleep/{random.randint(0, 3)}", 200, None),
            ("/lab/inline", 200, b"ok"),
            ("/master/ping", 200, b"pong"),
            ("/lab/large/100000", 200, b"x" * 100000),
            ("/lab/reply/204", 204, b""),
            ("/lab/reply/205", 205, b""),
            ("/lab/reply/304", 304, b""),
            ("/lab/reply/418", 418, b"twelve bytes"),
            ("/nothing", 404, None),
            ("/lab/panic", 500, None),
            ("/lab/fib/x", 400, None),
        ]
    )
    # A plain actix-web route for GET is for GET only.
    method = random.choice(["GET", "GET", "HEAD"]) if target != "/master/ping" else "GET"
    if method == "HEAD":
        body = b""
    lines = random.choice([[], [], ["connection: keep-alive"], ["connection: upgrade", "upgrade: websocket"]])
    unwanted = random.choice([b"", b"", b"", b"GET /lab/inline HTTP/1.1\r\n\r\n"])
    if unwanted:
        lines = [*lines, f"content-length: {len(unwanted)}"]
    return Ask(method, head(method, target, name, *lines) + unwanted, status, body, unread=bool(unwanted))


def closing(random, name):
    method = random.choice(["GET", "HEAD"])
    body = b"ok" if method == "GET" else b""
    version, lines = random.choice([("1.1", ["connection: close"]), ("1.1", ["connection: keep-alive, close"]), ("1.0", [])])
    return Ask(method, head(method, "/lab/inline", name, *lines, version=version), 200, body, last=True)


def refused(random, name):
    """Answered as soon as its head is there, without its body."""
    body = b"x" * 100
    lines = ["expect: 100-continue", f"content-length: {len(body)}"]
    target, status = random.choice([("/nothing", 404), ("/lab/inline", 405)])
    return Ask("POST", head("POST", target, name, *lines), status, None, last=True)


def mistake(random, name):
    sent = random.choice(
        [
            b"GET /lab/inline HTTP/1.1\r\n\r\n",
            b"GET /lab/inline HTTP/1.1\r\nhost: a b\r\n\r\n",
            b"GET /lab/inline HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n",
            b"POST /lab/bytes HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /lab/bytes HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"GET /lab/inline HTTP/1.1\r\nhost: a\r\nx : y\r\n\r\n",
        ]
    )
    return Ask("GET", sent, 400, None, last=True, named=False)


def pipeline(random, number):
    kinds = random.choices([get, post, closing, refused, mistake], [12, 6, 2, 1, 1], k=random.randint(1, 6))
    return [kind(random, f"e{number}-{place}") for place, kind in enumerate(kinds)]


def send(connection, random, sent):
    """In pieces; the server may have seen enough before the last one."""
    cuts = sorted(random.randrange(len(sent)) for _ in range(random.choice([0, 0, 1, 2, 5, 20])))
    try:
        for begin, end in zip([0, *cuts], [*cuts, len(sent)]):
            connection.sendall(sent[begin:end])
    except (BrokenPipeError, ConnectionResetError):
        pass


def read(connection, ask, received):
    """The answer, its body, and the bytes behind it."""
    reader = h11.Connection(h11.CLIENT)
    # Only the method decides how h11 reads the answer.
    reader.send(h11.Request(method=ask.method, target="/", headers=[("host", "judge")]))
    reader.send(h11.EndOfMessage())
    if received:
        reader.receive_data(received)
    answer, body = None, b""
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA:
            reader.receive_data(connection.recv(65536))
        elif isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return answer, body, reader.trailing_data[0]
        elif not isinstance(event, h11.InformationalResponse):
            raise AssertionError(f"{event} instead of an answer")


def judge(address, seed, number):
    rng = random.Random(f"{seed}-{number}")
    asks = pipeline(rng, number)
    with socket.create_connection(address, timeout=LIMIT) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        send(connection, rng, b"".join(ask.sent for ask in asks))
        received, answers = b"", 0
        for ask in asks:
            answer, body, received = read(connection, ask, received)
            answers += 1
            headers = dict(answer.headers)
            assert answer.status_code == ask.status, f"{answer.status_code} for {ask}"
            assert ask.body is None or body == ask.body, f"{body[:100]} for {ask}"
            given = headers[b"x-request-id"].decode()
            assert not ask.named or f"x-request-id: {given}".encode() in ask.sent, f"the answer to {given} for {ask}"
            assert len(answer.headers) == len(headers), f"a header twice: {answer.headers}"
            closes = headers.get(b"connection") == b"close"
            assert closes or not ask.last or b"HTTP/1.0" in ask.sent, f"goes on after {ask}"
            assert not closes or ask.last or ask.unread, f"closes after {ask}"
            if ask.last or closes:
                break
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65536):
            received += piece
        assert not received, f"left over: {received[:200]}"
    return answers


def judge_all(address, seed, numbers):
    answers, differences = 0, []
    for number in numbers:
        try:
            answers += judge(address, seed, number)
        except Exception as error:  # Whatever it is, it is a difference.
            differences.append(f"exchange {number}: {type(error).__name__}: {error}")
    return answers, differences


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    exchanges = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    shares = [range(first, exchanges, PROCESSES) for first in range(PROCESSES)]
    with multiprocessing.Pool(PROCESSES) as pool:
        results = pool.starmap(judge_all, [((host, int(port)), seed, share) for share in shares])
    answers = sum(answers for answers, _ in results)
    differences = [difference for _, some in results for difference in some]
    for difference in differences[:20]:
        print(difference)
    print(f"{exchanges} exchanges, {answers} answers, {len(differences)} differences, seed {seed}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
