"""The docker backend against a real engine: a dockerd of the test's own, in a folder of its own.

    docker_test.py ACI_EMULATOR

Skipped (77) with the reason where none can be started. The image is the machine's own shell with
the libraries it needs, imported: no registry is asked.
"""

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request

EMULATOR = sys.argv[1]
FOLDER = tempfile.mkdtemp(prefix="aci-docker-test-")
SOCKET = f"{FOLDER}/docker.sock"
BRIDGE = "aci-test0"
PLACE = ("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers"
         "/Microsoft.ContainerInstance/containerGroups/web-1")
passed = failed = 0


def skip(reason):
    print(f"SKIPPED: {reason}")
    raise SystemExit(77)


def check(name, condition, words=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}: {words}")


def eventually(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.2)
    return what()


def engine(method, target, body=None, kind="application/json"):
    """One call of the Docker Engine API; returns status and body."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(30)
        wire.connect(SOCKET)
        body = body or b""
        wire.sendall(f"{method} {target} HTTP/1.0\r\nContent-Type: {kind}\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    header, _, content = answer.partition(b"\r\n\r\n")
    return int(header.split()[1]), content


def start_engine():
    if shutil.which("dockerd") is None:
        skip("there is no dockerd: apt-get install docker.io")
    if os.geteuid() != 0:
        skip("only root can start a dockerd")
    made = subprocess.run(["ip", "link", "add", BRIDGE, "type", "bridge"], capture_output=True, text=True)
    if made.returncode != 0:
        skip(f"no bridge for a dockerd of our own: {made.stderr.strip()}")
    for command in (["ip", "addr", "add", "10.213.77.1/24", "dev", BRIDGE], ["ip", "link", "set", BRIDGE, "up"]):
        subprocess.run(command, check=True)
    log = open(f"{FOLDER}/dockerd.log", "w")
    daemon = subprocess.Popen(
        ["dockerd", "--data-root", f"{FOLDER}/data", "--exec-root", f"{FOLDER}/exec", "--host", f"unix://{SOCKET}",
         "--pidfile", f"{FOLDER}/docker.pid", "--bridge", BRIDGE, "--iptables=false", "--ip6tables=false",
         "--ip-masq=false"],
        stdout=log, stderr=log)

    def is_up():
        if daemon.poll() is not None:
            return True
        try:
            return engine("GET", "/_ping")[0] == 200
        except OSError:
            return False

    if not eventually(is_up, 60) or daemon.poll() is not None:
        with open(f"{FOLDER}/dockerd.log") as text:
            last = text.read().strip().splitlines()[-1:]
        stop(daemon)
        skip(f"a dockerd cannot be started here: {' '.join(last)[-300:]}")
    return daemon


def stop(process):
    if process and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def import_image():
    """`own/shell:1`: a shell, sleep, stty and a server, with the libraries that they load."""
    files = set()
    for program in ("/bin/sh", "/bin/sleep", "/usr/bin/stty", "/usr/bin/python3"):
        real = os.path.realpath(program)
        files.add((program.lstrip("/"), real))
        told = subprocess.run(["ldd", real], capture_output=True, text=True).stdout
        for path in re.findall(r"(/\S+)", told):
            files.add((path.lstrip("/"), os.path.realpath(path)))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, real in sorted(files):
            tar.add(real, arcname=name, recursive=False)
        for folder in ("/usr/lib/python3.11",):
            if os.path.isdir(folder):
                tar.add(folder, arcname=folder.lstrip("/"),
                        filter=lambda info: None if "__pycache__" in info.name or "/test/" in info.name else info)
        directory = tarfile.TarInfo("tmp")
        directory.type = tarfile.DIRTYPE
        directory.mode = 0o1777
        tar.addfile(directory)
    status, answer = engine("POST", "/images/create?fromSrc=-&repo=own/shell&tag=1", buffer.getvalue(),
                            "application/x-tar")
    if status != 200:
        raise RuntimeError(f"the image was not imported: {answer!r}")


def start_emulator():
    config = f"{FOLDER}/emulator.yaml"
    with open(config, "w") as text:
        text.write(f"docker_host: unix://{SOCKET}\nstart: {{median_seconds: 0.1}}\n"
                   "images: {'*': {pull_seconds: 0}}\nstop_grace_seconds: 2\ndelete_seconds: 3\n")
    process = subprocess.Popen([EMULATOR, "--no-auth", "--backend", "docker", "--config", config],
                               stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def call(url, method, path, body=None):
    request = urllib.request.Request(f"{url}{path}?api-version=2025-09-01", method=method,
                                     data=json.dumps(body).encode() if body else None,
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def group(image, script):
    return {"location": "eastus", "properties": {
        "osType": "Linux", "restartPolicy": "OnFailure",
        "ipAddress": {"type": "Public", "ports": [{"port": 8000}]},
        "containers": [
            {"name": "main", "properties": {
                "image": image, "command": ["/bin/sh", "-c", script], "ports": [{"port": 8000}],
                "environmentVariables": [{"name": "GREETING", "secureValue": "hello"}],
                "resources": {"requests": {"cpu": 0.5, "memoryInGB": 0.5}}}},
            {"name": "side", "properties": {
                "image": image, "command": ["/bin/sh", "-c", "exit 3"],
                "resources": {"requests": {"cpu": 0.5, "memoryInGB": 0.5}}}}]}}


def ours():
    return json.loads(engine("GET", "/containers/json?all=1")[1])


def life(url):
    status, answer = call(url, "PUT", PLACE, group("not/there:1", "true"))
    check("an image that is not there is refused", answer["error"]["code"] == "InaccessibleImage", answer)
    status, answer = call(url, "PUT", PLACE, group(
        "own/shell:1", "echo $GREETING; exec /usr/bin/python3 -m http.server 8000 --directory /tmp"))
    check("a group is accepted", status == 201, answer)

    def shown():
        return call(url, "GET", PLACE)[1]["properties"]

    def logs():
        return call(url, "GET", f"{PLACE}/containers/main/logs")[1]["content"]

    check("it runs", eventually(lambda: shown()["instanceView"]["state"] == "Running"), shown())
    check("its output is its log", eventually(lambda: "hello" in logs()), logs())
    side = eventually(lambda: [c for c in shown()["containers"] if c["name"] == "side"
                               and c["properties"]["instanceView"]["restartCount"] > 0])
    check("a container that fails is started again", side, shown())
    made = [c for c in ours() if "web-1" in c["Labels"].get("aci-group", "")]
    limits = json.loads(engine("GET", f"/containers/{made[0]['Id']}/json")[1])["HostConfig"]
    check("it has the CPU it asked for", limits["NanoCpus"] == 500_000_000, limits["NanoCpus"])

    def served():
        try:
            with urllib.request.urlopen(f"http://{shown()['ipAddress']['ip']}:8000/", timeout=5) as page:
                return page.status == 200
        except OSError:
            return False

    check("it serves on its own address", eventually(served))
    status, invited = call(url, "POST", f"{PLACE}/containers/main/exec", {"command": "/bin/sh"})
    check("exec invites to a terminal", status == 200 and invited["password"], invited)
    check("delete is accepted", call(url, "DELETE", PLACE)[0] == 202)
    check("nothing is left of it", eventually(lambda: not ours()), ours())


daemon = emulator = None
try:
    daemon = start_engine()
    import_image()
    emulator, address = start_emulator()
    life(address)
    call(address, "PUT", PLACE, group("own/shell:1", "exec /bin/sleep 1000"))
    eventually(ours)
    stop(emulator)
    check("nothing is left of a stopped emulator", not ours(), ours())
    print(f"checks: {passed} passed, {failed} failed, 0 skipped")
finally:
    stop(emulator)
    stop(daemon)
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
sys.exit(1 if failed else 0)
