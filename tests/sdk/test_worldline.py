"""Worldline Connect's own server library for Python, unchanged, against the hub: sessions, payments, idempotence, and each
refusal as its typed exception."""

import json
import os
import subprocess
import tempfile
import time
import unittest
import urllib.request
import uuid
from pathlib import Path

from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.authorization_exception import AuthorizationException
from worldline.connect.sdk.v1.declined_payment_exception import DeclinedPaymentException
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.payment_product_filter import PaymentProductFilter
from worldline.connect.sdk.v1.domain.payment_product_filters_client_session import PaymentProductFiltersClientSession
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.domain.session_request import SessionRequest
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

BINARY = os.environ.get("CATRACA_BIN", str(Path(__file__).parents[2] / "target/debug/catraca"))
NOTHING = "5f3f1a5e-3c1b-4a77-9a3b-52a9f8e5a001"
APPROVED = "4929564637987814"
DECLINED = "4916878170842862"


def payment_by(card_number, tokenize=False):
    """A payment of R$ 23.45."""
    card = {"cardNumber": card_number, "expiryDate": "1230", "cvv": "123", "cardholderName": "JOAO DA SILVA"}
    return CreatePaymentRequest().from_dictionary(
        {
            "cardPaymentMethodSpecificInput": {"paymentProductId": 1, "card": card, "tokenize": tokenize},
            "order": {
                "amountOfMoney": {"amount": 2345, "currencyCode": "BRL"},
                "references": {"merchantReference": "AcmeOrder0001"},
            },
        }
    )


class OnHub(unittest.TestCase):
    """Tests on one hub, in memory."""

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
        cls.merchant = cls.server().merchant(cls.account["HUB_MERCHANT_ID"])
        cls.sessions, cls.payments = cls.merchant.sessions(), cls.merchant.payments()

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


class Sessions(OnHub):
    def test_an_empty_request_makes_a_session(self):
        made = self.sessions.create(SessionRequest())
        self.assertRegex(made.client_session_id, "^[0-9a-f]{32}$")
        self.assertTrue(made.customer_id.startswith(self.account["HUB_MERCHANT_ID"] + "-"))
        self.assertEqual(made.client_api_url, self.account["HUB_URL"] + "/client")
        self.assertEqual(made.asset_url, self.account["HUB_URL"] + "/")
        self.assertIsNone(made.invalid_tokens)

    def test_of_the_documented_tokens_only_a_card_of_the_account_does_not_come_back(self):
        made = self.payments.create(payment_by(APPROVED, tokenize=True))
        self.assertTrue(made.creation_output.tokenization_succeeded)
        first, second, third, fourth = (f"{number}26166b16ed04b3ab85fb06da1d7a167" for number in (1, 2, 3, 4))
        request = SessionRequest()
        request.tokens = [first, second, made.creation_output.token, third, fourth]
        self.assertEqual(self.sessions.create(request).invalid_tokens, [first, second, third, fourth])
        request.tokens = ["TOKEN_ID"]
        self.assertEqual(self.sessions.create(request).invalid_tokens, ["TOKEN_ID"])

    def test_filters_bound_what_the_page_is_offered(self):
        request = SessionRequest()
        request.payment_product_filters = PaymentProductFiltersClientSession()
        request.payment_product_filters.restrict_to = PaymentProductFilter()
        request.payment_product_filters.restrict_to.groups = ["cards"]
        request.payment_product_filters.exclude = PaymentProductFilter()
        request.payment_product_filters.exclude.products = [2]
        made = self.sessions.create(request)
        url = f"{made.client_api_url}/v1/{made.customer_id}/products?countryCode=BR&currencyCode=BRL"
        asked = urllib.request.Request(url, headers={"Authorization": f"GCS v1Client:{made.client_session_id}"})
        with urllib.request.urlopen(asked) as answer:
            offered = [product["id"] for product in json.load(answer)["paymentProducts"]]
        self.assertEqual(offered, [1, 3, 147, 148, 132, 128, 125])

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
            self.merchant.services().testconnection()
        self.assertEqual(refused.exception.status_code, 404)


class Payments(OnHub):
    def test_a_payment_is_made_read_approved_for_less_and_refunded(self):
        made = self.payments.create(payment_by(APPROVED)).payment
        self.assertEqual((made.status, made.status_output.status_code), ("PENDING_APPROVAL", 600))
        query = GetPaymentParams()
        query.return_operations = True
        self.assertEqual(self.payments.get(made.id, query).to_dictionary(), made.to_dictionary())
        lower = ApprovePaymentRequest()
        lower.amount = 2000
        approved = self.payments.approve(made.id, lower).payment
        self.assertEqual((approved.status, approved.payment_output.amount_of_money.amount), ("CAPTURE_REQUESTED", 2000))
        with self.assertRaises(ApiException) as twice:
            self.payments.approve(made.id, ApprovePaymentRequest())
        self.assertNotIsInstance(twice.exception, DeclinedPaymentException)
        self.assertEqual((twice.exception.status_code, twice.exception.errors[0].code), (402, "402"))

        part = RefundRequest().from_dictionary(
            {"amountOfMoney": {"amount": 500, "currencyCode": "BRL"}, "refundReason": "RETURN"}
        )
        refunded = self.payments.refund(made.id, part)
        self.assertEqual((refunded.status, refunded.refund_output.amount_of_money.amount), ("REFUNDED", 500))
        rest = self.payments.refund(made.id, RefundRequest())
        self.assertEqual(rest.refund_output.amount_of_money.amount, 1500)
        listed = self.payments.refunds(made.id).refunds
        self.assertEqual([refund.id for refund in listed], [refunded.id, rest.id])
        self.assertEqual(self.merchant.refunds().get(rest.id).to_dictionary(), rest.to_dictionary())
        self.assertEqual(self.payments.get(made.id, GetPaymentParams()).status, "REFUNDED")
        with self.assertRaises(ValidationException) as nothing_left:
            self.payments.refund(made.id, RefundRequest())
        self.assertEqual(nothing_left.exception.errors[0].code, "300450")

    def test_a_payment_is_canceled_once(self):
        made = self.payments.create(payment_by(APPROVED)).payment
        canceled = self.payments.cancel(made.id)
        self.assertEqual(canceled.payment.status, "CANCELLED")
        self.assertEqual(canceled.card_payment_method_specific_output.void_response_id, "00")
        with self.assertRaises(ApiException) as twice:
            self.payments.cancel(made.id)
        self.assertEqual(twice.exception.status_code, 402)

    def test_a_decline_is_an_exception_of_its_own_with_the_payment_again_too(self):
        key = str(uuid.uuid4())
        for context in [CallContext(key), CallContext(key)]:
            with self.assertRaises(DeclinedPaymentException) as declined:
                self.payments.create(payment_by(DECLINED), context)
            self.assertEqual((declined.exception.status_code, declined.exception.errors[0].code), (402, "430330"))
            payment = declined.exception.create_payment_result.payment
            self.assertEqual((payment.status, payment.status_output.status_code), ("REJECTED", 100))
        self.assertIsNotNone(context.idempotence_request_timestamp)

    def test_what_is_wrong_is_a_typed_exception(self):
        with self.assertRaises(ValidationException) as refused:
            self.payments.create(payment_by("4929564637987815"))
        self.assertEqual(refused.exception.errors[0].code, "21000020")
        self.assertNotIsInstance(refused.exception, DeclinedPaymentException)
        for unknown in ["0" * 30, NOTHING]:
            with self.assertRaises(ReferenceException) as refused:
                self.payments.get(unknown, GetPaymentParams())
            self.assertEqual((refused.exception.status_code, refused.exception.errors[0].code), (404, "1002"))
        with self.assertRaises(AuthorizationException):
            self.server().merchant(NOTHING).payments().create(payment_by(APPROVED))


if __name__ == "__main__":
    unittest.main()
