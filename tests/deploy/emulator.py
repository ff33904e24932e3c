"""AWS on this machine: ministack, on a free port of loopback, with its data in one temporary folder.

It runs the functions' own `bootstrap` files, and checks each of their calls against the role in the template.
"""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3

REGION = "us-east-1"
# The root of the emulator's account.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
               "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


def wait_for(what, look, seconds=30):
    """Polls `look` until its result is true, and returns that result. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} seconds")
        time.sleep(0.05)


class Emulator:
    """A running emulator. It ends with this program."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="catraca-deploy-")
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Tools and functions find the emulator by these variables. No AWS account of this machine is used.
        mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment = {**mine, **CREDENTIALS, "AWS_ENDPOINT_URL": self.url, "AWS_CONFIG_FILE": os.devnull}
        self.log = Path(self.folder.name, "emulator.log")
        settings = {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",  # by default it listens on every address
            "IOT_MTLS_ENABLED": "0",  # by default it listens on port 8883 too
            "AUTH": "true",  # checks roles
            "TMPDIR": self.folder.name,
            "S3_DATA_DIR": str(Path(self.folder.name, "s3")),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env={**self.environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # The emulator ends with this program: SIGTERM is handled as Ctrl-C is.
        atexit.register(self._close)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        wait_for("the emulator answers", self._answers)

    def client(self, service):
        """A client of one of its services."""
        return boto3.client(service, endpoint_url=self.url, region_name=REGION,
                            aws_access_key_id="test", aws_secret_access_key="test")

    def tail(self, lines=150):
        """The end of its log, with the output of functions."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _close(self):
        """Ends the emulator and every function that it runs, and removes its folder."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the emulator ended:\n{self.tail()}")
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/ready", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
