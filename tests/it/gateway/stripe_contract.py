"""Stripe's own Python package drives the stand-in: where the two disagree, the stand-in is wrong.

Run by gateway.rs with the sandbox's URL, key and webhook secret in the environment.
"""

import http.server
import json
import os
import sys
import threading
import time
import unittest
import urllib.request

import stripe

URL = os.environ["SANDBOX_URL"]
KEY = os.environ["SANDBOX_KEY"]
SECRET = os.environ["SANDBOX_WEBHOOK_SECRET"]
VERSION = "2025-03-31.basil"


def client(key=KEY, retries=0):
    return stripe.StripeClient(
        key,
        stripe_version=VERSION,
        base_addresses={"api": URL},
        max_network_retries=retries,
    )


def tell(path, body):
    request = urllib.request.Request(
        f"{URL}/sandbox/{path}",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def checkout(attempt, **more):
    return {
        "mode": "payment",
        "success_url": "https://shop.example/back?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/cancel",
        "client_reference_id": attempt,
        "metadata": {"attempt_id": attempt},
        "payment_intent_data": {"metadata": {"attempt_id": attempt}},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 12345,
                    "product_data": {"name": "Invoice 17"},
                },
            }
        ],
        **more,
    }


class Contract(unittest.TestCase):
    def setUp(self):
        self.api = client().v1

    def paid(self, attempt, card="4242424242424242", **more):
        session = self.api.checkout.sessions.create(checkout(attempt, **more))
        self.assertEqual(tell(f"pay/{session.id}", {"card": card})["step"], "return")
        return self.api.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge.refunds"]}
        )

    def test_a_session_is_made_read_and_expired(self):
        sessions = self.api.checkout.sessions
        made = sessions.create(checkout("s1"))
        self.assertIsInstance(made, stripe.checkout.Session)
        self.assertTrue(made.id.startswith("cs_test_"))
        self.assertEqual((made.status, made.payment_status), ("open", "unpaid"))
        self.assertEqual(made.amount_total, 12345)
        self.assertIsNone(made.payment_intent)
        read = sessions.retrieve(made.id)
        self.assertEqual(read.metadata["attempt_id"], "s1")
        with urllib.request.urlopen(read.url, timeout=10) as page:
            self.assertIn("Invoice 17", page.read().decode())
        expired = sessions.expire(made.id)
        self.assertEqual((expired.status, expired.url), ("expired", None))
        with self.assertRaises(stripe.InvalidRequestError):
            sessions.expire(made.id)

    def test_a_payment_is_expanded_in_one_call_and_given_back(self):
        session = self.paid("s2")
        self.assertEqual((session.status, session.payment_status), ("complete", "paid"))
        intent = session.payment_intent
        self.assertIsInstance(intent, stripe.PaymentIntent)
        self.assertEqual((intent.status, intent.amount_received), ("succeeded", 12345))
        charge = intent.latest_charge
        self.assertIsInstance(charge, stripe.Charge)
        self.assertEqual(list(charge.refunds.data), [])
        part = self.api.refunds.create({"payment_intent": intent.id, "amount": 345})
        self.assertIsInstance(part, stripe.Refund)
        self.assertEqual((part.amount, part.status), (345, "succeeded"))
        with self.assertRaises(stripe.InvalidRequestError):
            self.api.refunds.create({"payment_intent": intent.id, "amount": 12001})
        rest = self.api.refunds.create({"charge": charge.id})
        self.assertEqual(rest.amount, 12000)
        with self.assertRaises(stripe.InvalidRequestError) as again:
            self.api.refunds.create({"charge": charge.id})
        self.assertEqual(again.exception.code, "charge_already_refunded")
        self.assertTrue(self.api.charges.retrieve(charge.id).refunded)
        self.assertEqual(self.api.refunds.retrieve(part.id).charge, charge.id)
        listed = self.api.refunds.list({"payment_intent": intent.id})
        self.assertEqual([r.id for r in listed.data], [rest.id, part.id])

    def test_what_happened_in_a_range_of_time_is_listed_page_by_page(self):
        began = int(time.time()) - 5
        paid = [self.paid(f"range-{n}").payment_intent for n in range(3)]
        refunds = [self.api.refunds.create({"payment_intent": i.id, "amount": 45}) for i in paid]
        made = [tell("dispute", {"payment_intent": i.id, "amount": 300})["id"] for i in paid]
        within = {"created": {"gte": began, "lt": int(time.time()) + 60}, "limit": 2}
        listed = {i.id: i for i in self.api.payment_intents.list(within).auto_paging_iter()}
        for intent in paid:
            self.assertEqual(listed[intent.id].amount_received, 12345)
            self.assertTrue(listed[intent.id].metadata["attempt_id"].startswith("range-"))
        page = self.api.refunds.list({**within, "expand": ["data.payment_intent"]})
        listed = {r.id: r for r in page.auto_paging_iter()}
        for refund, intent in zip(refunds, paid):
            self.assertIsInstance(listed[refund.id].payment_intent, stripe.PaymentIntent)
            self.assertEqual(listed[refund.id].payment_intent.id, intent.id)
        page = self.api.disputes.list({**within, "expand": ["data.payment_intent"]})
        listed = {d.id: d for d in page.auto_paging_iter()}
        for dispute, intent in zip(made, paid):
            self.assertIsInstance(listed[dispute], stripe.Dispute)
            self.assertEqual((listed[dispute].amount, listed[dispute].status), (300, "needs_response"))
            self.assertEqual(listed[dispute].payment_intent.id, intent.id)
        tell("dispute/close", {"dispute": made[0], "outcome": "won"})
        self.assertEqual(self.api.disputes.retrieve(made[0]).status, "won")
        earlier = {"created": {"gte": began - 3600, "lt": began}}
        for lists in (self.api.payment_intents, self.api.refunds, self.api.disputes):
            self.assertEqual(list(lists.list(earlier).data), [])
        for lists in (self.api.payment_intents, self.api.refunds, self.api.disputes):
            with self.assertRaises(stripe.InvalidRequestError) as missing:
                lists.retrieve("nothing")
            self.assertEqual(missing.exception.http_status, 404)

    def test_a_kept_card_is_taken_away(self):
        session = self.paid(
            "s3a", customer_creation="always", payment_intent_data={"setup_future_usage": "off_session"}
        )
        cards = self.api.customers.payment_methods.list(session.customer)
        detached = self.api.payment_methods.detach(cards.data[0].id)
        self.assertIsInstance(detached, stripe.PaymentMethod)
        self.assertIsNone(detached.customer)
        self.assertEqual(list(self.api.customers.payment_methods.list(session.customer).data), [])
        with self.assertRaises(stripe.InvalidRequestError) as again:
            self.api.payment_methods.detach(cards.data[0].id)
        self.assertEqual(again.exception.http_status, 400)
        with self.assertRaises(stripe.InvalidRequestError) as charged:
            self.api.payment_intents.create(
                {
                    "amount": 500,
                    "currency": "usd",
                    "customer": session.customer,
                    "payment_method": cards.data[0].id,
                    "off_session": True,
                    "confirm": True,
                }
            )
        self.assertEqual(charged.exception.http_status, 400)

    def test_customers_keep_cards_that_can_be_charged_later(self):
        customer = self.api.customers.create({"email": "ann@example.com", "metadata": {"debtor_id": "d1"}})
        self.assertTrue(customer.id.startswith("cus_"))
        self.assertEqual(self.api.customers.retrieve(customer.id).email, "ann@example.com")
        session = self.paid(
            "s3",
            customer=customer.id,
            payment_intent_data={"setup_future_usage": "off_session"},
        )
        self.assertEqual(session.customer, customer.id)
        cards = self.api.customers.payment_methods.list(customer.id, {"type": "card"})
        self.assertEqual([c.card.last4 for c in cards.data], ["4242"])
        charge = {
            "amount": 5000,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": cards.data[0].id,
            "off_session": True,
            "confirm": True,
            "metadata": {"attempt_id": "a-late"},
        }
        intent = self.api.payment_intents.create(charge, {"idempotency_key": "a-late"})
        again = self.api.payment_intents.create(charge, {"idempotency_key": "a-late"})
        self.assertEqual(again.id, intent.id)
        # Where no answer came it is found among the customer's payments.
        listed = self.api.payment_intents.list({"customer": customer.id, "limit": 100})
        found = [i.id for i in listed.auto_paging_iter() if i.to_dict()["metadata"].get("attempt_id") == "a-late"]
        self.assertEqual(found, [intent.id])
        self.assertEqual((intent.status, intent.amount_received), ("succeeded", 5000))
        self.assertEqual(self.api.payment_intents.retrieve(intent.id).id, intent.id)

        session = self.paid(
            "s4",
            card="4000000000003006",
            customer_creation="always",
            payment_intent_data={"setup_future_usage": "off_session"},
        )
        cards = self.api.customers.payment_methods.list(session.customer)
        with self.assertRaises(stripe.CardError) as declined:
            self.api.payment_intents.create(
                {**charge, "customer": session.customer, "payment_method": cards.data[0].id}
            )
        error = declined.exception
        self.assertEqual(error.http_status, 402)
        self.assertEqual(error.code, "card_declined")
        self.assertEqual(error.error.decline_code, "insufficient_funds")
        self.assertEqual(error.error.payment_intent.status, "requires_payment_method")

        session = self.api.checkout.sessions.create(
            checkout("s4a", customer_creation="always", payment_intent_data={"setup_future_usage": "off_session"})
        )
        self.assertEqual(tell(f"pay/{session.id}", {"card": "4000002760003184"})["step"], "challenge")
        self.assertEqual(tell(f"pay/{session.id}", {"challenge": "complete"})["step"], "return")
        session = self.api.checkout.sessions.retrieve(session.id)
        cards = self.api.customers.payment_methods.list(session.customer)
        with self.assertRaises(stripe.CardError) as asked:
            self.api.payment_intents.create(
                {**charge, "customer": session.customer, "payment_method": cards.data[0].id}
            )
        self.assertEqual(asked.exception.code, "authentication_required")

    def test_a_key_gives_the_same_answer_to_the_same_request(self):
        create = self.api.customers.create
        first = create({"email": "a@example.com"}, {"idempotency_key": "k1"})
        again = create({"email": "a@example.com"}, {"idempotency_key": "k1"})
        self.assertEqual(first.id, again.id)
        self.assertNotIn("Idempotent-Replayed", first.last_response.headers)
        self.assertEqual(again.last_response.headers["Idempotent-Replayed"], "true")
        with self.assertRaises(stripe.IdempotencyError) as reused:
            create({"email": "b@example.com"}, {"idempotency_key": "k1"})
        self.assertEqual(reused.exception.http_status, 400)
        with self.assertRaises(stripe.IdempotencyError):
            self.api.checkout.sessions.create(checkout("s5"), {"idempotency_key": "k1"})
        # What was never executed is not kept.
        with self.assertRaises(stripe.InvalidRequestError):
            create({"email": "nobody"}, {"idempotency_key": "k2"})
        create({"email": "nobody@example.com"}, {"idempotency_key": "k2"})

    def test_a_failure_is_repeated_and_a_running_request_is_not_disturbed(self):
        create = self.api.checkout.sessions.create
        tell("faults", {"next_create": "500"})
        for _ in range(2):
            with self.assertRaises(stripe.APIError) as failed:
                create(checkout("s6"), {"idempotency_key": "k3"})
            self.assertEqual(failed.exception.http_status, 500)
        tell("faults", {"next_create": {"slow_ms": 800}})
        slow = threading.Thread(target=lambda: create(checkout("s7"), {"idempotency_key": "k4"}))
        slow.start()
        time.sleep(0.3)
        with self.assertRaises(stripe.APIError) as busy:
            create(checkout("s7"), {"idempotency_key": "k4"})
        self.assertEqual(busy.exception.http_status, 409)
        slow.join()
        self.assertEqual(create(checkout("s7"), {"idempotency_key": "k4"}).client_reference_id, "s7")

    def test_the_packages_own_retries_make_one_session(self):
        tell("faults", {"next_create": "reset"})
        made = client(retries=2).v1.checkout.sessions.create(checkout("s8"))
        self.assertEqual(made.client_reference_id, "s8")
        listed = self.api.checkout.sessions.list({"limit": 100})
        self.assertEqual([s.client_reference_id for s in listed.auto_paging_iter()].count("s8"), 1)
        self.assertIn("Idempotent-Replayed", made.last_response.headers)

    def test_pages_follow_each_other(self):
        made = [self.api.customers.create({"email": "pages@example.com"}).id for _ in range(7)]
        newest_first = list(reversed(made))
        page = self.api.customers.list({"email": "pages@example.com", "limit": 3})
        self.assertEqual([c.id for c in page.data], newest_first[:3])
        self.assertTrue(page.has_more)
        every = [c.id for c in page.auto_paging_iter()]
        self.assertEqual(every, newest_first)
        before = self.api.customers.list(
            {"email": "pages@example.com", "limit": 2, "ending_before": newest_first[5]}
        )
        self.assertEqual([c.id for c in before.data], newest_first[3:5])
        none = self.api.customers.list({"email": "pages@example.com", "created": {"gt": int(time.time()) + 60}})
        self.assertEqual(list(none.data), [])

    def test_mistakes_are_the_packages_exceptions(self):
        sessions = self.api.checkout.sessions
        with self.assertRaises(stripe.InvalidRequestError) as missing:
            sessions.retrieve("cs_test_nobody")
        self.assertEqual((missing.exception.http_status, missing.exception.code), (404, "resource_missing"))
        with self.assertRaises(stripe.InvalidRequestError) as param:
            sessions.create({**checkout("s9"), "success_url": ""})
        self.assertEqual(param.exception.param, "success_url")
        with self.assertRaises(stripe.InvalidRequestError) as unknown:
            sessions.create({**checkout("s9"), "sucess_url": "x"})
        self.assertEqual(unknown.exception.code, "parameter_unknown")
        with self.assertRaises(stripe.InvalidRequestError) as early:
            sessions.create(checkout("s9", expires_at=int(time.time()) + 60))
        self.assertEqual(early.exception.param, "expires_at")
        with self.assertRaises(stripe.AuthenticationError):
            client("sk_test_wrong").v1.customers.list()
        tell("faults", {"next_create": "429"})
        with self.assertRaises(stripe.RateLimitError) as limited:
            sessions.create(checkout("s9"))
        self.assertEqual(limited.exception.headers["Retry-After"], "1")
        self.assertTrue(missing.exception.request_id.startswith("req_"))

    def test_webhooks_are_genuine_to_the_package_and_its_signatures_to_us(self):
        received = []

        class Inbox(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append((body, self.headers["stripe-signature"]))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        inbox = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
        threading.Thread(target=inbox.serve_forever, daemon=True).start()
        self.addCleanup(inbox.server_close)
        self.addCleanup(inbox.shutdown)
        tell("webhooks", {"url": f"http://127.0.0.1:{inbox.server_port}/"})
        session = self.paid("s10")
        kinds = {}
        for _ in range(100):
            if "checkout.session.completed" in kinds:
                break
            time.sleep(0.05)
            for body, signature in list(received):
                event = stripe.Webhook.construct_event(body.decode(), signature, SECRET)
                kinds[event.type] = event
        self.assertEqual(kinds["checkout.session.completed"].data.object.id, session.id)
        self.assertEqual(kinds["payment_intent.succeeded"].data.object.metadata["attempt_id"], "s10")
        listed = self.api.events.list({"type": "checkout.session.completed", "limit": 1})
        self.assertEqual(listed.data[0].id, kinds["checkout.session.completed"].id)
        body, signature = received[0]
        with self.assertRaises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body.decode() + " ", signature, SECRET)

        make = stripe.WebhookSignature.generate_signature_header
        text = json.dumps({"id": "evt_π", "object": "event"}, ensure_ascii=False)
        self.assertEqual(self.ours(text, make(text, SECRET)), 200)
        self.assertEqual(self.ours(text + " ", make(text, SECRET)), 400)
        self.assertEqual(self.ours(text, make(text, "whsec_other")), 400)
        self.assertEqual(self.ours(text, make(text, SECRET, int(time.time()) - 310)), 400)

    def ours(self, text, header):
        request = urllib.request.Request(
            f"{URL}/sandbox/signature",
            data=text.encode(),
            headers={"stripe-signature": header},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    sys.exit(0 if result.wasSuccessful() and result.testsRun == 11 else 1)
