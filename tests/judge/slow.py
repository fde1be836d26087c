#!/usr/bin/env python3
"""Measures a light route while slowhttptest holds a thousand slow connections, in each of its four modes.

The slowest hundredth of the light route's answers may take at most twice as long as it does undisturbed: slow.py ADDRESS
"""

import http.client
import shutil
import subprocess
import sys
import time

CONNECTIONS = 1000
SECONDS = 10
# Below this, twice is the machine's noise.
FLOOR = 0.002

MODES = {
    "slow heads": ["-H", "-i", "1"],
    "slow bodies": ["-B", "-i", "1", "-s", "8192"],
    "ranges": ["-R"],
    "slow readers": ["-X", "-w", "10", "-y", "20", "-n", "1", "-z", "32", "-k", "3"],
}
TARGETS = {"slow bodies": "/lab/bytes", "slow readers": "/lab/large/1000000"}


def slowest_hundredth(host, port, seconds):
    connection = http.client.HTTPConnection(host, port, timeout=60)
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        connection.request("GET", "/lab/inline")
        assert connection.getresponse().read() == b"ok"
        took.append(time.monotonic() - begun)
        time.sleep(0.001)
    return sorted(took)[len(took) * 99 // 100]


def attacked(host, port, mode, options):
    target = f"http://{host}:{port}{TARGETS.get(mode, '/lab/inline')}"
    command = ["slowhttptest", "-c", str(CONNECTIONS), "-r", "500", "-l", str(SECONDS + 3), "-u", target, *options]
    if mode == "slow bodies":
        command += ["-t", "POST"]
    attack = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(2.5)
        return slowest_hundredth(host, port, SECONDS)
    finally:
        attack.terminate()
        attack.wait()


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    if not shutil.which("slowhttptest"):
        sys.exit("slowhttptest is not installed")
    quiet = slowest_hundredth(host, int(port), SECONDS)
    print(f"undisturbed: {quiet * 1000:.2f} ms")
    failed = False
    for mode, options in MODES.items():
        slow = attacked(host, int(port), mode, options)
        is_fine = slow <= max(2 * quiet, FLOOR)
        failed |= not is_fine
        print(f"{mode}: {slow * 1000:.2f} ms{'' if is_fine else ', more than twice as long'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
