"""What each kind makes of the output of iputils 20221126 and curl 7.88.1, captured between network namespaces.

What could not be provoked there (a duplicate, a lost packet, a newer curl's words) is such output with a line changed.
"""

from ipaddress import ip_address

import pytest

from seapoint.probe.kinds.answers import Answers
from seapoint.probe.kinds.barred import Barred
from seapoint.probe.kinds.closed import Closed
from seapoint.probe.kinds.connected import Connected
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.https import Https
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.reaches import Reaches
from seapoint.probe.kinds.resolves import Resolves
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.kinds.shut import Shut
from seapoint.probe.kinds.silent import Silent
from seapoint.probe.kinds.unanswered import Unanswered
from seapoint.probe.probe import Check, Completed

V4, V6 = ip_address("198.51.100.2"), ip_address("2001:db8:2::2")
PING4, PING6 = Ping(str(V4), V4), Ping(str(V6), V6)
FULL4, FULL6 = FullSize(str(V4), V4, 1500), FullSize(str(V6), V6, 1500)
CLOSED4, CLOSED6 = Closed("internet", V4, 25), Closed("internet", V6, 25)
ROUTER, NAT = ip_address("185.15.57.10"), ip_address("185.15.57.1")
SNAT_HINT = "SNAT is on at the router (enable_snat)"
SEEN4 = SeenAs("internet", V4, (NAT,), ((ROUTER, SNAT_HINT),))
SEEN6 = SeenAs("internet", V6, (ip_address("2001:db8:1::2"),))
HTTPS4, HTTPS6 = (Https("api.example", far, 5000, "/v3") for far in (V4, V6))
TCP4, TCP6 = Connected("api", V4, 3306), Connected("api", V6, 3306)
BARRED4, BARRED6 = Barred("api", V4, 3306, "http", 5000), Barred("api", V6, 9292, "https", None)
REACHES, SHUT = Reaches("api", V4, 443), Shut("api", V4, 443)


def done(status: int, stdout: str = "", stderr: str = "") -> Completed:
    return Completed(status, stdout, stderr)


ANSWERED4 = """PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=63 time=0.201 ms
64 bytes from 198.51.100.2: icmp_seq=2 ttl=63 time=0.039 ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 200ms
rtt min/avg/max/mdev = 0.039/0.120/0.201/0.081 ms
"""
ANSWERED6 = """PING 2001:db8:2::2(2001:db8:2::2) 56 data bytes
64 bytes from 2001:db8:2::2: icmp_seq=1 ttl=63 time=1029 ms
64 bytes from 2001:db8:2::2: icmp_seq=2 ttl=63 time=828 ms

--- 2001:db8:2::2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 828.074/928.395/1028.716/100.321 ms, pipe 2
"""
TAKEN = """*   Trying 198.51.100.2:443...
* Connected to 198.51.100.2 (198.51.100.2) port 443 (#0)
* Time-out
* Closing connection 0
"""
NOBODY_LISTENS = """*   Trying 198.51.100.2:443...
* connect to 198.51.100.2 port 443 failed: Connection refused
* Failed to connect to 198.51.100.2 port 443 after 0 ms: Couldn't connect to server
* Closing connection 0
"""
NO_WAY = """*   Trying 198.51.100.2:443...
* connect to 198.51.100.2 port 443 failed: No route to host
* Failed to connect to 198.51.100.2 port 443 after 0 ms: Couldn't connect to server
* Closing connection 0
"""
WAITED = """*   Trying 198.51.100.2:443...
* ipv4 connect timeout after 2000ms, move on!
* Failed to connect to 198.51.100.2 port 443 after 2001 ms: Timeout was reached
* Closing connection 0
"""
UNSENT = """*   Trying 198.51.100.2:443...
* Immediate connect fail for 198.51.100.2: Network is unreachable
* Failed to connect to 198.51.100.2 port 443 after 0 ms: Couldn't connect to server
* Closing connection 0
"""
NOT_BOUND = """*   Trying 198.51.100.2:443...
* Name '1.2.3.4' family 2 resolved to '1.2.3.4' family 2
* bind failed with errno 99: Cannot assign requested address
* Failed to connect to 198.51.100.2 port 443 after 0 ms: Failed binding local connection end
* Closing connection 0
"""
SILENCE = """PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 0 received, 100% packet loss, time 205ms

"""
NO_ROUTE = """PING 2001:db8:2::2(2001:db8:2::2) 56 data bytes
From 2001:db8:1::1 icmp_seq=1 Destination unreachable: No route
From 2001:db8:1::1 icmp_seq=2 Destination unreachable: No route

--- 2001:db8:2::2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 204ms

"""
FILTERED = """PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 192.0.2.1 icmp_seq=1 Packet filtered
From 192.0.2.1 icmp_seq=2 Packet filtered

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms

"""
PROHIBITED6 = """PING 2001:db8:2::2(2001:db8:2::2) 56 data bytes
From 2001:db8:1::1 icmp_seq=1 Destination unreachable: Administratively prohibited
From 2001:db8:1::1 icmp_seq=2 Destination unreachable: Administratively prohibited

--- 2001:db8:2::2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms

"""
REDIRECTED = """PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 192.0.2.1: icmp_seq=1 Redirect Host(New nexthop: 192.0.2.2)
From 192.0.2.1: icmp_seq=2 Redirect Host(New nexthop: 192.0.2.2)

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 0 received, 100% packet loss, time 202ms

"""
FULL_ANSWERED4 = """PING 198.51.100.2 (198.51.100.2) 1472(1500) bytes of data.
1480 bytes from 198.51.100.2: icmp_seq=1 ttl=63 time=0.028 ms
1480 bytes from 198.51.100.2: icmp_seq=2 ttl=63 time=0.055 ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 0.028/0.041/0.055/0.013 ms
"""
TOO_LARGE4 = """PING 198.51.100.2 (198.51.100.2) 1472(1500) bytes of data.
From 192.0.2.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 203ms

"""
TOO_LARGE6 = """PING 2001:db8:2::2(2001:db8:2::2) 1452 data bytes
From 2001:db8:1::1 icmp_seq=1 Packet too big: mtu=1400

--- 2001:db8:2::2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms

"""
LOCAL4 = "ping: local error: message too long, mtu=1400\nping: local error: message too long, mtu=1400\n"
LOCAL6 = "ping: local error: message too long, mtu: 1400\n"
UNKNOWN_NAME = "ping: nosuch.example: Temporary failure in name resolution\n"
UNREACHABLE = "ping: connect: Network is unreachable\n"

WEB4 = "* Connected to 198.51.100.2 (198.51.100.2) port 80 (#1)\n"
REJECTED4 = "*   Trying 198.51.100.2:25...\n* connect to 198.51.100.2 port 25 failed: No route to host\n" + WEB4
REJECTED6 = "*   Trying [2001:db8:2::2]:25...\n* connect to 2001:db8:2::2 port 25 failed: Permission denied\n"
NOBODY4 = "*   Trying 198.51.100.2:25...\n* connect to 198.51.100.2 port 25 failed: Connection refused\n" + WEB4
NOBODY_CURL_8 = "* connect to 198.51.100.2 port 25 from 192.0.2.2 port 51234 failed: Connection refused\n"
DROPPED4 = "*   Trying 198.51.100.2:25...\n* Connection timed out after 2001 milliseconds\n" + WEB4
OPEN4 = "* Connected to 198.51.100.2 (198.51.100.2) port 25 (#0)\n* Closing connection 0\n" + WEB4
DEAD4 = "".join(f"* connect to 198.51.100.2 port {port} failed: No route to host\n" for port in (25, 80))
HERE4 = "*   Trying 198.51.100.2:25...\n* Immediate connect fail for 198.51.100.2: Network is unreachable\n"

RESOLVES4 = Resolves("ns0", V4, "w.example", "A", ("172.16.128.11",))
RESOLVES6 = Resolves("ns0", V6, "w.example", "AAAA", ("2001:db8::2", "2001:db8::1"))
REFUSES = Resolves("ns0", V4, "www.example.org", "A", status="REFUSED")
ANSWERS4, ANSWERS6, UNANSWERED = Answers("dns", V4, 53), Answers("dns", V6, 53), Unanswered("dns", V6, 5353)
TOLD4 = """;; ->>HEADER<<- opcode: QUERY; status: NOERROR; id: 38144
;; Flags: qr aa rd; QUERY: 1; ANSWER: 1; AUTHORITY: 0; ADDITIONAL: 0

;; QUESTION SECTION:
;; w.example.    \t\tIN\tA

;; ANSWER SECTION:
w.example.          \t60\tIN\tA\t172.16.128.11

;; Received 60 B
;; Time 2026-11-21 15:50:43 UTC
;; From 185.15.57.25@53(UDP) in 13.9 ms
"""
TOLD6 = TOLD4.replace("A\t172.16.128.11", "AAAA\t2001:db8::2\nw.example.          \t60\tIN\tAAAA\t2001:db8::1")
REFUSED = TOLD4.partition("w.example.    ")[0].replace("NOERROR", "REFUSED")
SILENT_SERVER = (
    ";; WARNING: response timeout for 185.15.57.25@53(UDP)\n;; ERROR: failed to query server 185.15.57.25@53(UDP)\n"
)

CASES = {
    "ping, IPv4": (PING4, done(0, ANSWERED4), True, "answers from 198.51.100.2", ""),
    "ping, IPv6": (PING6, done(0, ANSWERED6), True, "answers from 2001:db8:2::2", ""),
    "ping of a name": (Ping("b.example", V4), done(0, ANSWERED4), True, "answers from 198.51.100.2", ""),
    "ping, wrong name": (
        Ping("b.example", ip_address("192.0.2.9")),
        done(0, ANSWERED4), False, "answers from 198.51.100.2", "name leads",
    ),
    "ping, silence": (PING4, done(1, SILENCE), False, "no answer", "security group"),
    "ping, one lost": (
        PING4, done(0, ANSWERED4.replace("64 bytes from 198.51.100.2: icmp_seq=1 ttl=63 time=0.201 ms\n", "")),
        False, "1 of 2 answered", "lost",
    ),
    "ping, twice": (PING4, done(0, ANSWERED4.replace("39 ms", "39 ms (DUP!)")), False, "two answers", "two hosts"),
    "ping, no route": (PING6, done(1, NO_ROUTE), False, "No route (from 2001:db8:1::1)", "has no route"),
    "ping, filtered": (PING4, done(1, FILTERED), False, "Packet filtered (from 192.0.2.1)", "rejects"),
    "ping, prohibited": (PING6, done(1, PROHIBITED6), False, "Administratively prohibited", "rejects"),
    "ping, redirected": (PING4, done(1, REDIRECTED), False, "Redirect Host", "route to the target is wrong"),
    "ping, unknown name": (PING4, done(2, "", UNKNOWN_NAME), False, "name resolution", "/etc/hosts"),
    "ping, no route here": (PING4, done(2, "", UNREACHABLE), False, "Network is unreachable", "sender itself"),
    "full size, IPv4": (FULL4, done(0, FULL_ANSWERED4), True, "1500 octets, answers from 198.51.100.2", ""),
    "full size, too large, IPv4": (FULL4, done(1, TOO_LARGE4), False, "MTU 1400 (from 192.0.2.1)", "raise it"),
    "full size, too large, IPv6": (FULL6, done(1, TOO_LARGE6), False, "MTU 1400 (from 2001:db8:1::1)", "raise it"),
    "full size, learnt, IPv4": (FULL4, done(1, SILENCE, LOCAL4), False, "MTU 1400 (from the sender's own", "raise"),
    "full size, learnt, IPv6": (FULL6, done(1, SILENCE, LOCAL6), False, "MTU 1400 (from the sender's own", "raise"),
    "full size, black hole": (FULL4, done(1, SILENCE), False, "no answer", "smaller MTU drops large packets"),
    "seen as expected, IPv4": (SEEN4, done(0, "185.15.57.1\n"), True, "seen as 185.15.57.1", ""),
    "seen as expected, mapped": (SEEN4, done(0, "::ffff:185.15.57.1\n"), True, "seen as 185.15.57.1", ""),
    "seen as expected, IPv6": (SEEN6, done(0, "2001:db8:1:0:0:0:0:2"), True, "seen as 2001:db8:1::2", ""),
    "seen as the router": (SEEN4, done(0, "185.15.57.10\n"), False, "seen as 185.15.57.10", SNAT_HINT),
    "seen as a stranger": (SEEN4, done(0, "192.0.2.7\n"), False, "seen as 192.0.2.7", "neither the cloud file"),
    "seen, no address": (SEEN4, done(0, "<html>"), False, "no address: '<html>'", "not the service"),
    "seen, no answer": (SEEN4, done(28, "", "curl: (28) timed out"), False, "no answer within", "no route back"),
    "seen, refused": (SEEN6, done(7, "", "curl: (7) Failed to connect"), False, "no connection", "nobody listens"),
    "seen, 404": (SEEN4, done(22, "", "curl: (22) error: 404"), False, "an HTTP error", "not the service"),
    "seen, curl itself": (SEEN4, done(2, "", "curl: option -x: bad"), False, "curl failed: curl: option -x: bad", ""),
    "closed, IPv4": (CLOSED4, done(0, "192.0.2.2\n", REJECTED4), True, "tcp/25 refused as prohibited", ""),
    "closed, IPv6": (CLOSED6, done(0, "2001:db8:1::2\n", REJECTED6), True, "tcp/25 refused as prohibited", ""),
    "closed by the far end": (CLOSED4, done(0, "x", NOBODY4), False, "Connection refused", "far end itself refused"),
    "closed by the far end, curl 8": (CLOSED4, done(0, "x", NOBODY_CURL_8), False, "Connection refused", "far end"),
    "dropped, not refused": (CLOSED4, done(0, "x", DROPPED4), False, "tcp/25: no answer", "drop where a reject"),
    "open": (CLOSED4, done(0, "x", OPEN4), False, "tcp/25 is open", "reject rule does not match"),
    "open, but the web is down": (CLOSED4, done(7, "", OPEN4), False, "tcp/25 is open", "does not match"),
    "closed, far end dead": (CLOSED4, done(7, "", DEAD4), False, "tcp/80 does not answer", "proves nothing"),
    "closed, no route here": (CLOSED4, done(7, "", HERE4), False, "Network is unreachable", "sender itself"),
    "reaches": (REACHES, done(7, "", TAKEN), True, "tcp/443 is open", ""),
    "reaches, nobody listens": (REACHES, done(7, "", NOBODY_LISTENS), True, "tcp/443 is reached; nobody listens", ""),
    "reaches, refused on the way": (REACHES, done(7, "", NO_WAY), False, "No route to host", "a firewall on the way"),
    "reaches, no answer": (REACHES, done(28, "", WAITED), False, "no answer within 2 s", "a firewall on the way"),
    "shut": (SHUT, done(28, "", WAITED), True, "no answer within 2 s", ""),
    "shut, refused on the way": (SHUT, done(7, "", NO_WAY), True, "No route to host", ""),
    "shut, open": (SHUT, done(7, "", TAKEN), False, "tcp/443 is open", "the matrix"),
    "shut, nobody listens": (SHUT, done(7, "", NOBODY_LISTENS), False, "tcp/443 is reached, though", "the matrix"),
    "shut, not sent": (SHUT, done(7, "", UNSENT), False, "nothing was sent: Network is unreachable", "no route"),
    "shut, no such address": (SHUT, done(45, "", NOT_BOUND), False, "nothing was sent: errno 99", "no such address"),
    "resolves, IPv4": (RESOLVES4, done(0, TOLD4), True, "NOERROR: 172.16.128.11", ""),
    "resolves, IPv6": (RESOLVES6, done(0, TOLD6), True, "NOERROR: 2001:db8::1 and 2001:db8::2", ""),
    "resolves, a name": (
        Resolves("ns", V6, "2.8.b.d.0.1.0.0.2.ip6.arpa", "PTR", ("b.example",)),
        done(0, TOLD4.replace("A\t172.16.128.11", "PTR\tb.example.")), True, "NOERROR: b.example", "",
    ),
    "resolves to another": (
        RESOLVES4, done(0, TOLD4.replace(".11", ".12")), False, "NOERROR: 172.16.128.12", "older or another",
    ),
    "resolves to nothing": (RESOLVES4, done(0, TOLD4.partition("w.")[0]), False, "NOERROR: no data", "older or an"),
    "resolves, no name": (RESOLVES4, done(0, REFUSED.replace("REFUSED", "NXDOMAIN")), False, "NXDOMAIN", "not there"),
    "resolves, refused": (RESOLVES4, done(0, REFUSED), False, "REFUSED", "allow-list"),
    "refused as it must": (REFUSES, done(0, REFUSED), True, "REFUSED", ""),
    "answered though it must refuse": (REFUSES, done(0, TOLD4), False, "NOERROR", "must refuse"),
    "resolves, silence": (RESOLVES4, done(1, SILENT_SERVER), False, "no answer within 2 s", "nobody listens"),
    "refuses, silence": (REFUSES, done(1, SILENT_SERVER), False, "no answer within 2 s", "nobody listens"),
    "resolves, kdig itself": (REFUSES, done(1, "", "bad option"), False, "kdig failed: bad option", ""),
    "answers, IPv4": (ANSWERS4, done(0, TOLD4), True, "NOERROR", ""),
    "answers, IPv6": (ANSWERS6, done(0, REFUSED), True, "REFUSED", ""),
    "answers, all backends sick": (
        ANSWERS4, done(0, REFUSED.replace("REFUSED", "SERVFAIL")), False, "SERVFAIL", "no server behind it is well",
    ),
    "answers, silence": (ANSWERS6, done(1, SILENT_SERVER), False, "no answer within 2 s", "nobody listens"),
    "answers, kdig itself": (ANSWERS4, done(1, "", "bad option"), False, "kdig failed: bad option", ""),
    "unanswered": (UNANSWERED, done(1, SILENT_SERVER), True, "no answer within 2 s", ""),
    "unanswered, refused": (UNANSWERED, done(0, REFUSED), False, "an answer: REFUSED", "not enforced"),
    "unanswered, kdig itself": (UNANSWERED, done(1, "", "bad option"), False, "kdig failed: bad option", ""),
    "silent": (Silent(str(V4), V4), done(1, SILENCE), True, "no answer", ""),
    "silent, refused on the way": (Silent(str(V4), V4), done(1, FILTERED), True, "no answer", ""),
    "silent, answered": (Silent(str(V4), V4), done(0, ANSWERED4), False, "answers from 198.51.100.2", "not enforced"),
    "silent, no ping ran": (Silent(str(V4), V4), done(1), False, "nothing was sent: exit status 1", ""),
    "ping, no ping ran": (PING4, done(3, "", "oops"), False, "nothing was sent: oops", ""),
    "silent, not sent": (Silent(str(V4), V4), done(2, "", UNKNOWN_NAME), False, "name resolution", "/etc/hosts"),
    "https, IPv4": (HTTPS4, done(0, "198.51.100.2 200"), True, "HTTP status 200 from 198.51.100.2", ""),
    "https, IPv6": (HTTPS6, done(0, "2001:db8:2::2 300"), True, "HTTP status 300 from 2001:db8:2::2", ""),
    "https, somebody else": (HTTPS4, done(0, "198.51.100.3 200"), False, "198.51.100.3 answers", "another address"),
    "https, no backend": (HTTPS4, done(0, "198.51.100.2 503"), False, "HTTP status 503", "no backend is well"),
    "https, a stranger": (HTTPS4, done(0, "198.51.100.2 421"), False, "HTTP status 421", "not the service"),
    "https, untrusted": (HTTPS6, done(60, " 000", "curl: (60) SSL"), False, "not trusted", "authority"),
    "https, shut": (HTTPS6, done(35, " 000", "curl: (35) reset"), False, "closed before TLS", "access"),
    "https, curl itself": (HTTPS4, done(2, "", "curl: option -x: bad"), False, "curl failed: curl: option -x: bad", ""),
    "connected, greeted": (TCP4, done(0), True, "connected to 198.51.100.2 tcp/3306", ""),
    "connected, silent": (TCP6, done(142), True, "connected to 2001:db8:2::2 tcp/3306", ""),
    "connected, closed": (TCP4, done(1), False, "closed at once", "no backend is well"),
    "connected, dropped": (TCP6, done(124), False, "no answer within 5 s", "dropped"),
    "connected, refused": (TCP4, done(3, "", "bash: connect: Connection refused"), False, "refused", "no route"),
    "barred": (BARRED4, done(0, "0 000\n35 200\n"), True, "nothing from tcp/3306 of api", ""),
    "barred, refused before": (BARRED4, done(7, "0 000\n35 200\n"), True, "nothing from tcp/3306 of api", ""),
    "barred, open": (BARRED4, done(0, "22 000\n35 200\n"), False, "tcp/3306 answers", "not enforced"),
    "barred, sick but open": (BARRED6, done(0, "107 503\n"), False, "tcp/9292 answers", "not enforced"),
    "barred, nothing open": (BARRED6, done(35, "0 000\n"), True, "nothing from tcp/9292 of api", ""),
    "barred, far end dead": (BARRED4, done(28, "0 000\n0 000\n"), False, "tcp/5000 does not", "proves nothing"),
    "barred, curl itself": (BARRED4, done(2, "", "curl: bad"), False, "curl failed: curl: bad", ""),
}  # fmt: skip


@pytest.mark.parametrize(("check", "output", "passed", "seen", "hint"), CASES.values(), ids=CASES.keys())
def test_judge(check: Check, output: Completed, passed: bool, seen: str, hint: str) -> None:
    verdict = check.judge(output)
    assert (verdict.passed, seen in verdict.seen) == (passed, True), verdict
    assert hint in verdict.hint if hint else not verdict.hint, verdict


def test_commands() -> None:
    assert " ".join(PING6.argv()) == "ping -6 -n -c 2 -i 0.2 -W 1 2001:db8:2::2"
    assert " ".join(FULL4.argv()) == "ping -4 -n -c 2 -i 0.2 -W 1 -M do -s 1472 198.51.100.2"
    assert " ".join(FULL6.argv()) == "ping -6 -n -c 2 -i 0.2 -W 1 -M do -s 1452 2001:db8:2::2"
    assert " ".join(SEEN6.argv()) == "curl -6 --noproxy * -s -S -f -m 3 http://[2001:db8:2::2]:80/"
    assert HTTPS6.argv()[-1] == "https://api.example:5000/v3"
    named = Https("api.example", V6, 5000, host="object.example", by_name=False).argv()
    assert " ".join(named).endswith(
        " --resolve api.example:5000:[2001:db8:2::2] -H Host: object.example -o /dev/null "
        "-w %{remote_ip} %{http_code} https://api.example:5000/"
    )
    assert CLOSED4.argv()[-2:] == ("http://198.51.100.2:25/", "http://198.51.100.2:80/")
