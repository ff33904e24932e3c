"""Worldline Connect's own server library for Python, unchanged, against the hub: sessions, errors, idempotence."""

import os
import subprocess
import tempfile
import time
import unittest
import uuid
from pathlib import Path

from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.authorization_exception import AuthorizationException
from worldline.connect.sdk.v1.domain.payment_product_filter import PaymentProductFilter
from worldline.connect.sdk.v1.domain.payment_product_filters_client_session import PaymentProductFiltersClientSession
from worldline.connect.sdk.v1.domain.session_request import SessionRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

BINARY = os.environ.get("CATRACA_BIN", str(Path(__file__).parents[2] / "target/debug/catraca"))
NOTHING = "5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a001"


class Sessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["NO_PROXY"] = "127.0.0.1"
        with tempfile.TemporaryDirectory() as folder:
            variables = Path(folder) / "hub.env"
            command = [BINARY, "--port", "0", "--memory", "--env-file", str(variables)]
            cls.hub = subprocess.Popen(command, stdout=subprocess.PIPE)
            cls.addClassCleanup(cls.stop)
            cls.hub.stdout.readline()  # the hub greets once it is ready, after it wrote the file
            lines = variables.read_text().splitlines()
        cls.account = dict(line.split("=", 1) for line in lines)
        cls.sessions = cls.server().merchant(cls.account["HUB_MERCHANT_ID"]).sessions()

    @classmethod
    def stop(cls):
        cls.hub.terminate()
        cls.hub.wait()
        cls.hub.stdout.close()

    @classmethod
    def server(cls, key=None, secret=None):
        client = Factory.create_client_from_configuration(
            CommunicatorConfiguration(
                api_endpoint=cls.account["HUB_URL"],
                api_key_id=key or cls.account["HUB_WORLDLINE_KEY_ID"],
                secret_api_key=secret or cls.account["HUB_WORLDLINE_SECRET"],
                authorization_type="v1HMAC",
                connect_timeout=5,
                socket_timeout=30,
                max_connections=2,
                integrator="Catraca",
            )
        )
        cls.addClassCleanup(client.close)
        return client.v1()

    def test_an_empty_request_makes_a_session(self):
        made = self.sessions.create(SessionRequest())
        self.assertRegex(made.client_session_id, "^[0-9a-f]{32}$")
        self.assertTrue(made.customer_id.startswith(self.account["HUB_MERCHANT_ID"] + "-"))
        self.assertEqual(made.client_api_url, self.account["HUB_URL"] + "/client")
        self.assertEqual(made.asset_url, self.account["HUB_URL"] + "/")
        self.assertIsNone(made.invalid_tokens)

    def test_filters_are_taken_and_tokens_that_are_no_cards_come_back(self):
        request = SessionRequest()
        request.tokens = ["126166b16ed04b3ab85fb06da1d7a167", NOTHING]
        request.payment_product_filters = PaymentProductFiltersClientSession()
        request.payment_product_filters.restrict_to = PaymentProductFilter()
        request.payment_product_filters.restrict_to.groups = ["cards"]
        request.payment_product_filters.exclude = PaymentProductFilter()
        request.payment_product_filters.exclude.products = [2]
        self.assertEqual(self.sessions.create(request).invalid_tokens, request.tokens)

    def test_the_same_idempotence_key_gets_the_same_session(self):
        key = str(uuid.uuid4())
        first, again = CallContext(key), CallContext(key)
        made = self.sessions.create(SessionRequest(), first)
        self.assertIsNone(first.idempotence_request_timestamp)
        self.assertEqual(self.sessions.create(SessionRequest(), again).to_dictionary(), made.to_dictionary())
        self.assertLess(abs(time.time() * 1000 - again.idempotence_request_timestamp), 60_000)

    def test_a_wrong_secret_an_unknown_key_and_another_merchant_are_refused(self):
        merchant = self.account["HUB_MERCHANT_ID"]
        for server, merchant, code in [
            (self.server(secret="wrong"), merchant, "9002"),
            (self.server(key=NOTHING), merchant, "9002"),
            (self.server(), NOTHING, "9007"),
        ]:
            with self.assertRaises(AuthorizationException) as refused:
                server.merchant(merchant).sessions().create(SessionRequest())
            self.assertEqual((refused.exception.status_code, refused.exception.errors[0].code), (403, code))

    def test_what_cannot_be_read_is_a_validation_error_with_its_place(self):
        request = SessionRequest()
        request.tokens = ["a"] * 101
        with self.assertRaises(ValidationException) as refused:
            self.sessions.create(request)
        self.assertEqual(refused.exception.errors[0].property_name, "tokens")

    def test_what_is_not_offered_is_not_found(self):
        with self.assertRaises(ReferenceException) as refused:
            self.server().merchant(self.account["HUB_MERCHANT_ID"]).services().testconnection()
        self.assertEqual(refused.exception.status_code, 404)


if __name__ == "__main__":
    unittest.main()
