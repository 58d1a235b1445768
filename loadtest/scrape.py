"""Scrapes metrics over one connection, as Prometheus does.

scrape.py ADMIN_URL COUNT SECONDS_BETWEEN
"""

import http.client
import sys
import time
from urllib.parse import urlsplit


def main(url, count, seconds):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    due = time.monotonic()
    for _ in range(int(count)):
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"scrape.py: {url}/metrics answered {answer.status}")
        due += float(seconds)
        time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
