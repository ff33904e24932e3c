"""Tests of the deployed hub: its routes, stream, queues, event sources, schedule, roles and alarms."""

import base64
import hashlib
import json
import re
import unittest
import uuid

from cryptography.exceptions import InvalidSignature

from emulator import Emulator, wait_for
from hub import Hub, Receiver, encrypted
from stack import Stack, build

emulator = stack = receiver = None


def setUpModule():
    global emulator, stack, receiver
    build()
    emulator = Emulator()
    stack = Stack(emulator)
    receiver = Receiver()


class Story(unittest.TestCase):
    def setUp(self):
        self.hub = Hub(stack)

    def run(self, result=None):
        """Prints the logs of a test that fails."""
        faults = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > faults:
            print(f"\n-- the emulator\n{emulator.tail()}\n-- the functions\n{stack.logs()}")

    def delivery(self, path, charge, event):
        """The call at `path` with this event of a charge."""
        return receiver.wait(path, lambda post: post.json["event"] == event and post.json["data"]["id"] == charge)

    def paid_charge(self):
        """The id of a charge that is paid by card."""
        charge = self.hub.charge()
        self.assertEqual(charge["status"], "authorized")
        return charge["id"]

    def ping(self, webhook):
        """The id of a test event whose delivery is due and not yet queued."""
        return self.hub.post(f"/v1/webhooks/{webhook['id']}/test", {})["eventId"]


class Payments(Story):
    def test_the_events_of_a_payment_and_its_void_are_delivered_signed(self):
        webhook, other = self.hub.register(receiver, "/void"), self.hub.register(receiver, "/other")
        session = self.hub.session()
        self.assertEqual(self.hub.pay(session)["status"], "paid")
        charge = self.hub.get(f"/v1/charges?sessionId={session['id']}")["items"][0]["id"]
        authorized = self.delivery("/void", charge, "authorized")
        authorized.verify(webhook)
        with self.assertRaises(InvalidSignature):
            authorized.verify(other)
        self.assertEqual(self.hub.post(f"/v1/charges/{charge}/void", {"amount": 150})["status"], "voided")
        voided = self.delivery("/void", charge, "voided")
        voided.verify(webhook)
        self.assertEqual(voided.json["data"]["transactionRequests"][-1]["requestType"], "void")
        wanted = {post.headers["webhook-id"] for post in (authorized, voided)}
        wait_for("both deliveries are recorded", lambda: self.delivered(webhook) >= wanted)

    def delivered(self, webhook):
        """The events that an endpoint accepted at the first attempt."""
        deliveries = self.hub.get(f"/v1/webhooks/{webhook['id']}/deliveries")["items"]
        attempted = [(one["eventId"], one["status"], one["attempts"][0]["statusCode"])
                     for one in deliveries if one["attempts"]]
        return {event for event, status, answer in attempted if (status, answer) == ("delivered", 200)}

    def test_a_delivery_that_is_due_is_made_by_the_schedule(self):
        webhook = self.hub.register(receiver, "/due")
        event = self.ping(webhook)
        receiver.wait("/due", lambda post: post.headers["webhook-id"] == event, seconds=90).verify(webhook)

    def test_a_browser_may_call_from_any_origin(self):
        origin = {"Origin": "https://shop.example"}
        asked = self.hub.ask("OPTIONS", "/v1/sessions", **origin, **{"Access-Control-Request-Method": "POST"})
        self.assertEqual((asked.status // 100, asked.headers["Access-Control-Allow-Origin"]), (2, "*"))
        self.assertIn("x-api-key", asked.headers["Access-Control-Allow-Headers"].split(","))
        answer = self.hub.ask("GET", "/v1/charges", **origin)
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (200, "*"))

    def test_a_request_without_a_route_is_refused_in_the_hubs_error_format(self):
        answer = self.hub.ask("GET", "/v1/nothing")
        self.assertEqual((answer.status, answer.json["error"]["type"]), (404, "entity_not_found"))
        self.assertIn("GET /v1/nothing", answer.json["error"]["message"])

    def test_every_route_leads_to_a_function_that_starts_and_knows_it(self):
        self.assertGreater(len(stack.routes), 40)
        for route in stack.routes:
            if route == "$default":
                continue
            # A picture or a script that is none is answered as a route that is none.
            route = route.replace("/client/assets/{file}", "/client/assets/product-1.svg")
            route = route.replace("/checkout/assets/{file}", self.hub.form())
            method, path = re.sub(r"\{\w+\}", str(uuid.uuid4()), route).split()
            with self.subTest(route):
                answer = self.hub.ask(method, path, None if method == "GET" else {})
                self.assertLess(answer.status, 500, answer.text)
                # A function names the path of a route that it does not have.
                self.assertNotIn(path, answer.text)


class Checkout(Story):
    def test_a_shopper_opens_a_link_and_pays_on_its_page(self):
        session = self.hub.session(createLink=True)
        address, _, key = session["paymentLink"].partition("#")
        page = self.hub.open(f"/pay/{session['id']}", **{"Accept-Encoding": "gzip, br"})
        self.assertEqual((page.status, page.headers["Cache-Control"], key), (200, "no-store", session["publicKey"]))
        self.assertTrue(address.endswith(f".amazonaws.com/pay/{session['id']}"), address)
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertIn(self.hub.form(), page.text)
        self.assertNotIn(key, page.text)
        script = self.hub.open(self.hub.form(), **{"Accept-Encoding": "gzip"})
        self.assertEqual((script.status, script.headers["Content-Type"]), (200, "text/javascript; charset=utf-8"))
        hashed = "sha384-" + base64.b64encode(hashlib.sha384(script.text.encode()).digest()).decode()
        self.assertIn(f'integrity="{hashed}"', page.text)
        path = f"/v1/sessions/{session['id']}"
        shown = self.hub.ask("GET", f"{path}/link", key=key).json
        self.assertEqual((shown["amount"], [one["paymentType"] for one in shown["paymentMethods"]]), (150, ["credit"]))
        before = self.hub.ask("GET", f"{path}/status", key=key).json
        self.assertEqual((before["status"], before["attemptsLeft"]), ("created", 10))
        paid = self.hub.pay(session)
        after = self.hub.ask("GET", f"{path}/status", key=key).json
        self.assertEqual((after["status"], after["activeCharge"]), ("paid", {"id": paid["chargeId"]}))
        self.assertEqual(self.hub.ask("GET", f"{path}/charge", key=key).json["chargeId"], paid["chargeId"])
        charge = self.hub.get(f"/v1/charges/{paid['chargeId']}")
        self.assertEqual((charge["status"], charge["amount"], charge["sessionId"]), ("authorized", 150, session["id"]))

    def test_a_merchants_page_gets_the_element_and_its_frame(self):
        session = self.hub.session()
        origin = {"Origin": "https://shop.example"}
        element = self.hub.open("/checkout/catraca-checkout.js", **origin)
        self.assertEqual((element.status, element.headers["Access-Control-Allow-Origin"]), (200, "*"))
        frame = self.hub.open(f"/checkout/frame/{session['id']}")
        self.assertEqual(frame.status, 200)
        # Beside an emulator on this machine pages of this machine may have it too.
        self.assertIn("frame-ancestors https:", frame.headers["Content-Security-Policy"])
        missing = self.hub.open(f"/checkout/frame/{uuid.uuid4()}", **{"Accept-Language": "en"})
        self.assertEqual(missing.status, 404)
        self.assertIn("This payment does not exist.", missing.text)
        report = {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/x?k=v"}}
        answer = self.hub.ask("POST", "/checkout/reports", report)
        self.assertEqual(answer.status, 204, answer.text)


class Worldline(Story):
    def test_a_page_encrypts_a_card_and_its_server_pays_approves_and_refunds(self):
        webhook = self.hub.register(receiver, "/worldline")
        session = self.hub.signed("POST", "/sessions", {}).json
        shown = self.hub.paged(session, "/products?countryCode=BR&currencyCode=BRL&amount=2345&isRecurring=false")
        self.assertIn(1, [product["id"] for product in shown.json["paymentProducts"]])
        key = self.hub.paged(session, "/crypto/publickey").json
        values = {"cardNumber": "4929564637987814", "expiryDate": "1230", "cvv": "123", "cardholderName": "JOAO DA SILVA"}
        order = {"amountOfMoney": {"amount": 2345, "currencyCode": "BRL"}}
        payment = {"encryptedCustomerInput": encrypted(session, key, values), "order": order}
        made = self.hub.signed("POST", "/payments", payment)
        self.assertEqual((made.status, made.json["payment"]["status"]), (201, "PENDING_APPROVAL"), made.text)
        again = self.hub.signed("POST", "/payments", payment)
        self.assertEqual((again.status, again.json["errors"][0]["code"]), (400, "1099"), again.text)
        path = f"/payments/{made.json['payment']['id']}"
        for change, status in ((f"{path}/approve", 200), (f"{path}/refund", 201)):
            answer = self.hub.signed("POST", change, {})
            self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(self.hub.signed("GET", path).json["status"], "REFUNDED")
        # The events are those of the charge that it is.
        [charge] = self.hub.get("/v1/charges")["items"]
        self.assertEqual(charge["status"], "voided")
        self.delivery("/worldline", charge["id"], "voided").verify(webhook)

    def test_what_is_signed_by_another_key_is_refused(self):
        self.hub.worldline[1] += "x"
        refused = self.hub.signed("POST", "/sessions", {})
        self.assertEqual((refused.status, refused.json["errors"][0]["code"]), (403, "9002"), refused.text)


class Poison(Story):
    def test_a_message_that_cannot_be_read_goes_to_the_dead_letter_queue_and_delays_no_other(self):
        webhook = self.hub.register(receiver, "/beside")
        event, poison = self.ping(webhook), f"poison {uuid.uuid4()}"
        sqs, queue, dead = emulator.client("sqs"), stack["WebhookQueue"], stack["WebhookDeadLetters"]
        # The template's visibility timeout of six minutes, five times, is too long for a test.
        before = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
        self.addCleanup(sqs.set_queue_attributes, QueueUrl=queue, Attributes=before)
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        good = json.dumps({"webhook": webhook["id"], "event": event})
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate([poison, good, good])]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)

        def dead_letters():
            found = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1, VisibilityTimeout=0).get("Messages", [])
            return [message["Body"] for message in found]

        self.assertEqual(wait_for("a dead letter", dead_letters), [poison])
        delivered = [post for post in receiver.posts("/beside") if post.headers["webhook-id"] == event]
        self.assertEqual(len(delivered), 1)
        kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=kinds)["Attributes"]
        self.assertEqual(left, dict.fromkeys(kinds, "0"))

    def test_a_record_that_cannot_be_read_goes_to_the_dead_letter_queue_and_delays_no_other(self):
        self.hub.register(receiver, "/unreadable")
        key = f"CHARGE#{uuid.uuid4()}"
        emulator.client("dynamodb").put_item(
            TableName=stack["HubTable"], Item={"PK": {"S": key}, "SK": {"S": "CHARGE"}, "doc": {"S": "poison"}})
        self.delivery("/unreadable", self.paid_charge(), "authorized")
        sqs = emulator.client("sqs")

        def dead_letters():
            found = sqs.receive_message(QueueUrl=stack["EventDeadLetters"], WaitTimeSeconds=1).get("Messages", [])
            return [json.loads(message["Body"])["key"] for message in found]

        self.assertEqual(wait_for("a dead letter", dead_letters), [key])


class Alarms(unittest.TestCase):
    def alarms(self):
        pages = emulator.client("cloudwatch").get_paginator("describe_alarms").paginate()
        return [alarm for page in pages for alarm in page["MetricAlarms"]]

    def test_every_function_has_an_alarm_for_its_errors_and_one_for_its_throttles(self):
        functions = [name for logical, name in stack.names.items()
                     if stack.template["Resources"][logical]["Type"] == "AWS::Lambda::Function"]
        self.assertGreater(len(functions), 10)
        for metric in ("Errors", "Throttles"):
            watched = [one["Value"] for alarm in self.alarms() if alarm["MetricName"] == metric
                       for one in alarm["Dimensions"] if one["Name"] == "FunctionName"]
            self.assertEqual(sorted(watched), sorted(functions))

    def test_both_dead_letter_queues_have_an_alarm(self):
        watched = {one["Value"] for alarm in self.alarms()
                   if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible" for one in alarm["Dimensions"]}
        queues = {stack[logical].rsplit("/", 1)[-1] for logical in ("WebhookDeadLetters", "EventDeadLetters")}
        self.assertEqual(watched, queues)

    def test_every_alarm_says_what_to_do_and_notifies_the_topic(self):
        for alarm in self.alarms():
            with self.subTest(alarm["AlarmName"]):
                self.assertRegex(alarm["AlarmDescription"], r"\. (Read|Find|Compare)")
                self.assertEqual(len(alarm["AlarmActions"]), 1)


class Roles(Story):
    def test_a_function_may_do_what_its_role_allows_and_nothing_else(self):
        charge, iam, role = self.paid_charge(), emulator.client("iam"), stack["ChargeReadRole"]
        named = {"RoleName": role, "PolicyName": "charge-read"}
        policy = json.dumps(iam.get_role_policy(**named)["PolicyDocument"])
        self.assertEqual(self.hub.get(f"/v1/charges/{charge}")["id"], charge)
        self.addCleanup(iam.put_role_policy, **named, PolicyDocument=policy)
        iam.delete_role_policy(**named)
        self.assertEqual(self.hub.ask("GET", f"/v1/charges/{charge}").status, 503)

    def test_a_function_that_needs_the_public_address_has_that_of_the_api_or_does_not_start(self):
        functions, function = emulator.client("lambda"), stack["SessionPayFunction"]
        before = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        self.assertRegex(before["HUB_PUBLIC_URL"], rf"^https://{stack['Api']}\.execute-api\.[a-z0-9-]+\.amazonaws\.com$")

        def set_variables(variables):
            functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})

        self.addCleanup(set_variables, before)
        set_variables({name: value for name, value in before.items() if name != "HUB_PUBLIC_URL"})
        answer = functions.invoke(FunctionName=function, Payload="{}")
        self.assertIn("HUB_PUBLIC_URL", answer["Payload"].read().decode())

    def test_the_production_stage_does_not_start_with_an_emulator(self):
        functions, function = emulator.client("lambda"), stack["ProviderCallbackFunction"]
        before = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]

        def set_stage(stage):
            functions.update_function_configuration(
                FunctionName=function, Environment={"Variables": {**before, "STAGE": stage}})

        self.addCleanup(set_stage, before["STAGE"])
        set_stage("production")
        answer = functions.invoke(FunctionName=function, Payload="{}")
        self.assertIn("a hub that serves real payments calls public endpoints only", answer["Payload"].read().decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
