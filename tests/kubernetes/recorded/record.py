#!/usr/bin/env python3
"""Records answers of a real control plane for recorded_test.cpp.

    tests/kubernetes/recorded/record.py BINARIES

BINARIES is a directory with the kube-apiserver of the version to record; etcd is on the PATH.
Starts an etcd and an API server of its own on loopback, makes a handful of objects, and writes one
file per exchange beside this script: the request's line, the status, an empty line, the body as it
came. Nothing of it is edited afterwards.
"""
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Plane:
    def __init__(self, binaries, scratch):
        self.etcd_port, peer_port, self.port = free_port(), free_port(), free_port()
        self.context = ssl._create_unverified_context()  # loopback, and a certificate of a minute ago
        client = f"http://127.0.0.1:{self.etcd_port}"
        peer = f"http://127.0.0.1:{peer_port}"
        self.etcd = subprocess.Popen(
            ["etcd", "--data-dir", scratch / "etcd", "--listen-client-urls", client,
             "--advertise-client-urls", client, "--listen-peer-urls", peer,
             "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        subprocess.run(["openssl", "genrsa", "-out", scratch / "key.pem", "2048"], check=True,
                       stderr=subprocess.DEVNULL)
        (scratch / "tokens.csv").write_text('admin-token,admin,1,"system:masters"\n'
                                            "guest-token,guest,2\n")
        self.command = (
            [binaries / "kube-apiserver", "--etcd-servers", client, "--secure-port", str(self.port),
             "--bind-address", "127.0.0.1", "--cert-dir", scratch / "certificates",
             "--token-auth-file", scratch / "tokens.csv", "--authorization-mode", "RBAC",
             "--service-account-issuer", "https://recording",
             "--service-account-key-file", scratch / "key.pem",
             "--service-account-signing-key-file", scratch / "key.pem",
             "--disable-admission-plugins", "ServiceAccount",
             "--service-cluster-ip-range", "10.96.0.0/24"])
        self.start()

    def start(self):
        self.api = subprocess.Popen(self.command, stderr=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL)
        for _ in range(600):
            try:
                if self.send("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise SystemExit("the API server does not start")

    def restart(self):
        """Forgets what its watch cache remembers beyond etcd."""
        self.api.terminate()
        self.api.wait()
        self.start()

    def stop(self):
        self.api.terminate()
        self.api.wait()
        self.etcd.terminate()
        self.etcd.wait()

    def send(self, method, target, body=None, token="admin-token"):
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{target}", method=method)
        request.add_header("Authorization", f"Bearer {token}")
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, data, context=self.context, timeout=200) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def compact(self):
        """As etcd is told by the API server every five minutes."""
        base = f"http://127.0.0.1:{self.etcd_port}/v3/kv"
        ask = urllib.request.Request(f"{base}/range", json.dumps({"key": "AA=="}).encode())
        revision = json.load(urllib.request.urlopen(ask))["header"]["revision"]
        tell = json.dumps({"revision": revision, "physical": True}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{base}/compaction", tell)).read()


def deployment(name, replicas):
    return {"metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "web", "image": "web:1"}]}}}}


def main(binaries):
    with tempfile.TemporaryDirectory() as scratch:
        plane = Plane(pathlib.Path(binaries), pathlib.Path(scratch))
        try:
            record(plane)
        finally:
            plane.stop()


def record(plane):
    def keep(name, method, target, **more):
        status, body = plane.send(method, target, **more)
        (HERE / f"{name}.txt").write_text(f"{method} {target}\n{status}\n\n{body}")
        return body

    all_of_them = "/apis/apps/v1/deployments"
    shop = "/apis/apps/v1/namespaces/default/deployments"
    for name in ("api", "cart", "web"):
        plane.send("POST", shop, deployment(name, 1))
    keep("discovery_policy", "GET", "/apis/policy")
    keep("discovery_autoscaling", "GET", "/apis/autoscaling")
    keep("discovery_unknown", "GET", "/apis/no.such.group")
    first = json.loads(keep("list_first", "GET", f"{all_of_them}?limit=2"))
    token = first["metadata"]["continue"]
    keep("list_last", "GET", f"{all_of_them}?limit=2&continue={token}")
    version = first["metadata"]["resourceVersion"]
    keep("list_empty", "GET", "/api/v1/pods?limit=500")
    # A bookmark is only sent to a watch that has heard of something since it began.
    watch = threading.Thread(target=keep, args=(
        "watch", "GET", f"{all_of_them}?watch=1&allowWatchBookmarks=true&timeoutSeconds=100"
                        f"&resourceVersion={version}"))
    watch.start()
    time.sleep(3)
    changed = json.loads(plane.send("GET", f"{shop}/web")[1])
    changed["spec"]["replicas"] = 5
    plane.send("PUT", f"{shop}/web", changed)
    plane.send("POST", shop, deployment("new", 2))
    plane.send("DELETE", f"{shop}/api")
    watch.join()
    keep("refused_missing", "GET", f"{shop}/none")
    keep("refused_forbidden", "GET", "/api/v1/nodes", token="guest-token")
    keep("refused_unauthorized", "GET", "/api/v1/nodes", token="nobody")
    keep("refused_again", "POST", shop, body=deployment("web", 1))
    stale = json.loads(plane.send("GET", f"{shop}/web")[1])
    stale["metadata"]["resourceVersion"] = "1"
    keep("refused_conflict", "PUT", f"{shop}/web", body=stale)
    keep("refused_invalid", "POST", shop, body={"metadata": {"name": "x"}, "spec": {}})
    plane.compact()
    keep("list_expired", "GET", f"{all_of_them}?limit=2&continue={token}")
    plane.restart()
    keep("watch_expired", "GET", f"{all_of_them}?watch=1&timeoutSeconds=5&resourceVersion=1")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
