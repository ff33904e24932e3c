"""The deployed hub as a merchant uses it: an account, requests, and a webhook endpoint."""

import base64
import gzip
import http.client
import json
import os
import subprocess
import threading
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from emulator import wait_for

CARD = {"cardNumber": "4929564637987814", "cardCvv": "320", "cardExpirationDate": "06/2028",
        "cardHolderName": "JOAO DA SILVA"}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self):
        return json.loads(self.text)


class Hub:
    """A caller of the API, with an account that `catraca client create` made."""

    def __init__(self, stack):
        self.port = stack.emulator.port
        self.host = f"{stack['Api']}.execute-api.localhost:{self.port}"
        made = subprocess.run(
            [os.environ["CATRACA_BIN"], "client", "create", "--name", "Loja", "--table", stack["HubTable"], "--stage", "sandbox"],
            env={**stack.emulator.environment, "KMS_KEY_ID": stack["Key"]},
            check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
        names = ("client id", "merchant id", "secret key", "worldline key id", "worldline secret")
        printed = dict(line.rsplit(maxsplit=1) for line in made.splitlines() if line.startswith(names))
        self.client, self.merchant, self.key, *self.worldline = (printed[name] for name in names)

    def ask(self, method, path, body=None, key=None, **headers):
        """An answer of the API with any status; `key` defaults to the secret key."""
        sent = {"Host": self.host, "X-Client-Id": self.client, "X-Api-Key": key or self.key,
                "Content-Type": "application/json", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path):
        """The answer to a GET that must succeed."""
        return self._expect(200, "GET", path)

    def post(self, path, body=None, key=None):
        """The answer to a POST that must succeed."""
        return self._expect(201, "POST", path, body, key)

    def signed(self, method, path, body=None):
        """An answer of Worldline's API to a request under the merchant, signed as its libraries sign."""
        path, (key, secret) = f"/v1/{self.merchant}{path}", self.worldline
        date, kind = formatdate(usegmt=True), "application/json"
        mac = HMAC(secret.encode(), SHA256())
        mac.update(f"{method}\n{kind}\n{date}\nx-gcs-servermetainfo:e30=\n{path}\n".encode())
        signature = base64.b64encode(mac.finalize()).decode()
        headers = {"Date": date, "X-GCS-ServerMetaInfo": "e30=", "Authorization": f"GCS v1HMAC:{key}:{signature}"}
        return self.ask(method, path, body, **headers)

    def paged(self, session, path):
        """An answer of Worldline's client API to the page with this client session."""
        proof = {"Authorization": f"GCS v1Client:{session['clientSessionId']}"}
        return self.ask("GET", f"/client/v1/{session['customerId']}{path}", **proof)

    def session(self, **fields):
        return self.post("/v1/sessions", {
            **fields, "merchantId": self.merchant, "name": "Pedido 1", "amount": 150,
            "dueDate": "2100-01-01T00:00:00.000Z", "paymentMethods": [{"paymentType": "credit"}],
            "items": [{"name": "Item", "unitPrice": 150, "quantity": 1}]})

    def open(self, path, **headers):
        """An answer to a browser, which has no key: the page, or what it loads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": self.host, **headers})
            answer = connection.getresponse()
            body = answer.read()
            if answer.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            return Answer(answer.status, answer.headers, body.decode())
        finally:
            connection.close()

    def form(self):
        """The path of the script of the checkout's pages."""
        paths = self.get("/checkout/integrity.json")["scripts"]
        return next(path for path in paths if path.startswith("/checkout/assets/"))

    def pay(self, session):
        """The charge of a session that its shopper pays by card, with the session key."""
        return self.post(f"/v1/sessions/{session['id']}/charge", {
            "paymentMethod": {"paymentType": "credit", "installments": 1},
            "paymentSource": {"sourceType": "card", "card": CARD}}, session["publicKey"])

    def charge(self):
        """A card payment without a session."""
        return self.post("/v1/charges", {
            "merchantId": self.merchant, "amount": 150, "capture": True,
            "paymentMethod": {"paymentType": "credit", "installments": 1},
            "paymentSource": {"sourceType": "card", "card": CARD}})

    def register(self, receiver, path):
        """A webhook endpoint for all events, with its public key and secret."""
        webhook = self.post("/v1/webhooks", {"event": "*", "endpoint": receiver.url + path, "version": "1.1"})
        return {**webhook, **self.get(f"/v1/webhooks/{webhook['id']}/secret")}

    def _expect(self, status, *request):
        answer = self.ask(*request)
        assert answer.status == status, f"{request[:2]}: {answer.status} {answer.text}"
        return answer.json


def encrypted(session, public_key, values):
    """What a shopper's page encrypts by Worldline's library: a JWE of RSA-OAEP and A256CBC-HS512."""

    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    plain = json.dumps({
        "clientSessionId": session["clientSessionId"], "nonce": uuid.uuid4().hex, "paymentProductId": 1,
        "paymentValues": [{"key": key, "value": value} for key, value in values.items()]}).encode()
    header = encoded(json.dumps({"alg": "RSA-OAEP", "enc": "A256CBC-HS512", "kid": public_key["keyId"]}).encode())
    content_key, vector, padder = os.urandom(64), os.urandom(16), PKCS7(128).padder()
    encryptor = Cipher(AES(content_key[32:]), CBC(vector)).encryptor()
    content = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    mac = HMAC(content_key[:32], SHA512())
    mac.update(header + vector + content + (8 * len(header)).to_bytes(8, "big"))
    public = load_der_public_key(base64.b64decode(public_key["publicKey"]))
    wrapped = public.encrypt(content_key, OAEP(MGF1(SHA1()), SHA1(), None))
    return b".".join([header, *map(encoded, (wrapped, vector, content, mac.finalize()[:32]))]).decode()


@dataclass
class Post:
    """A call that a webhook endpoint received."""

    path: str
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def verify(self, webhook):
        """Fails unless all three signatures verify with the endpoint's keys, as docs/webhooks.md describes."""
        key = load_pem_public_key(webhook["publicKey"].encode())
        date, event = self.headers["X-Plug-Date"], self.headers["webhook-id"]
        key.verify(bytes.fromhex(self.headers["X-Plug-Signature"]), f"{date}\n".encode() + self.body)
        signed = f"{event}.{self.headers['webhook-timestamp']}.".encode() + self.body
        signatures = dict(one.split(",") for one in self.headers["webhook-signature"].split())
        key.verify(base64.b64decode(signatures["v1a"]), signed)
        mac = HMAC(base64.b64decode(webhook["secret"].removeprefix("whsec_")), SHA256())
        mac.update(signed)
        mac.verify(base64.b64decode(signatures["v1"]))


class Receiver:
    """Webhook endpoints on this machine: they accept and keep every call."""

    def __init__(self):
        posts = self._posts = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append(Post(self.path, self.headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def posts(self, path):
        """The calls at `path`, the oldest first."""
        return [post for post in list(self._posts) if post.path == path]

    def wait(self, path, wanted, seconds=30):
        """The first call at `path` for which `wanted` is true."""
        found = wait_for(f"a post at {path}", lambda: [post for post in self.posts(path) if wanted(post)], seconds)
        return found[0]
