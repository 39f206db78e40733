"""The official OpenAI SDK for Python as a client of pointsman. Run by tests/sdk/run."""

import os
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

import openai

MESSAGES = [{"role": "user", "content": "what goes in comes out"}]
CHAT_ONLY = "org/chat-only:1b"


def becomes(condition):
    """Whether it holds before ten seconds have passed: a second, and what a busy machine takes."""
    end = time.monotonic() + 10
    while not condition():
        if time.monotonic() > end:
            return False
    return True


class Sdk(unittest.TestCase):
    def setUp(self):
        self.requests = 0  # that the SDK really sent, its own retries included
        self.openai = self.client(os.environ["POINTSMAN_KEY"])

    def client(self, key):
        http = openai.DefaultHttpxClient(event_hooks={"request": [self.count]})
        self.addCleanup(http.close)
        return openai.OpenAI(base_url=os.environ["POINTSMAN_URL"], api_key=key, http_client=http)

    @staticmethod
    def keys(action, *words):
        command = [os.environ["POINTSMAN"], "keys", action, "--config", os.environ["POINTSMAN_FILE"], *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def count(self, _request):
        self.requests += 1

    def test_chat(self):
        chat = self.openai.chat.completions.create(model="demo", messages=MESSAGES)
        self.assertEqual(chat.choices[0].message.content, "what goes in comes out")
        self.assertEqual(chat.choices[0].finish_reason, "stop")
        self.assertEqual(chat.usage.prompt_tokens, 5)
        self.assertEqual(chat.usage.completion_tokens, 5)
        self.assertEqual(chat.usage.total_tokens, 10)
        self.assertTrue(chat._request_id)
        self.assertEqual(self.requests, 1)

    def test_why_a_request_went_where_it_went(self):
        asks = {"x-pointsman-debug": "1"}
        operator = self.client(self.keys("create", "operator", "--debug", "--wait"))
        answer = operator.chat.completions.with_raw_response.create(model="demo", messages=MESSAGES, extra_headers=asks)
        self.assertIn("chosen: ", answer.headers["x-pointsman-decision"])
        self.assertGreaterEqual(int(answer.headers["x-pointsman-overhead-us"]), 0)
        answer = self.openai.chat.completions.with_raw_response.create(model="demo", messages=MESSAGES, extra_headers=asks)
        self.assertNotIn("x-pointsman-decision", answer.headers)

    def test_streamed_chat(self):
        chunks = list(
            self.openai.chat.completions.create(
                model="demo", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
            )
        )
        pieces = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]
        self.assertEqual(pieces, ["what", " goes", " in", " comes", " out"])
        self.assertEqual(chunks[-1].usage.total_tokens, 10)

    def test_responses(self):
        response = self.openai.responses.create(model="demo", input="two words")
        self.assertEqual(response.output_text, "two words")
        self.assertEqual(response.status, "completed")
        self.assertEqual(response.usage.total_tokens, 4)

    def test_streamed_responses(self):
        with self.openai.responses.stream(model="demo", input="two words") as stream:
            types = [event.type for event in stream]
            final = stream.get_final_response()
        self.assertEqual(
            types,
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ],
        )
        self.assertEqual(final.output_text, "two words")

    def test_completions(self):
        self.assertEqual(self.openai.completions.create(model="demo", prompt="say it").choices[0].text, "say it")

    def test_embeddings_as_base64_and_as_numbers(self):
        one = self.openai.embeddings.create(model="demo", input="a text")  # the SDK asks for base64
        two = self.openai.embeddings.create(model="demo", input=["a text", "other"], encoding_format="float")
        self.assertEqual(len(one.data[0].embedding), 8)
        for a, b in zip(one.data[0].embedding, two.data[0].embedding):
            self.assertAlmostEqual(a, b, places=6)
        self.assertEqual(len(two.data), 2)

    def test_moderations(self):
        moderation = self.openai.moderations.create(model="media", input="a text")
        self.assertFalse(moderation.results[0].flagged)

    def test_speech_every_byte_of_it(self):
        speech = self.openai.audio.speech.create(model="media", voice="alloy", input="a text")
        self.assertEqual(speech.content, bytes(range(256)) * 4)

    def test_transcriptions_of_a_file_in_a_form(self):
        file = ("model", 300_000 * b"~")
        self.assertEqual(
            self.openai.audio.transcriptions.create(model="media", file=file).text, "300000 of it heard"
        )

    def test_images_generated_and_edited(self):
        drawn = self.openai.images.generate(model="media", prompt="a point")
        self.assertEqual(drawn.data[0].b64_json, "eA==")
        edited = self.openai.images.edit(model="media", image=("a.png", 1000 * b"~"), prompt="a line")
        self.assertEqual(edited.data[0].revised_prompt, "1000 of it seen")

    def test_models_list(self):
        models = {model.id: model for model in self.openai.models.list()}
        self.assertEqual(sorted(models), ["claude", "demo", "dying", "failing", "media", CHAT_ONLY, "talking"])
        for model in models.values():
            self.assertEqual(model.object, "model")
            self.assertIsInstance(model.created, int)
            self.assertIsInstance(model.owned_by, str)
        self.assertLessEqual({"chat_completions", "responses", "embeddings"}, set(models["demo"].supported_apis))

    def test_models_retrieve_also_with_a_slash_in_the_id(self):
        model = self.openai.models.retrieve(CHAT_ONLY)
        self.assertEqual(model.id, CHAT_ONLY)
        self.assertEqual(model.supported_apis, ["chat_completions"])
        with self.assertRaises(openai.NotFoundError):
            self.openai.models.retrieve("org/none")

    def test_a_wrong_key_raises_authentication_error(self):
        with self.assertRaises(openai.AuthenticationError) as raised:
            self.client("wrong").chat.completions.create(model="demo", messages=MESSAGES)
        self.assertEqual(raised.exception.code, "invalid_api_key")
        self.assertTrue(raised.exception.request_id)
        with self.assertRaises(openai.AuthenticationError):
            self.client("wrong").models.list()

    def test_a_key_is_good_within_a_second_and_for_its_apis_only(self):
        key = self.keys("create", "--name", "embeddings", "--apis", "embeddings")
        client = self.client(key)

        def error():
            try:
                client.models.list()
            except openai.AuthenticationError as refused:
                return refused
            return None

        self.assertTrue(becomes(lambda: error() is None))
        self.requests = 0
        with self.assertRaises(openai.PermissionDeniedError) as raised:
            client.chat.completions.create(model="demo", messages=MESSAGES)
        self.assertEqual(raised.exception.code, "api_not_allowed")
        self.assertEqual(self.requests, 1)
        self.assertEqual(len(client.embeddings.create(model="demo", input="words").data), 1)
        self.keys("revoke", "embeddings")
        self.assertTrue(becomes(lambda: error() is not None))

    def test_a_limit_raises_rate_limit_error_and_the_sdk_waits_as_long_as_it_is_told(self):
        key = self.keys("create", "--name", "limited", "--concurrent", "1")
        client = self.client(key)
        ask = lambda each: each.chat.completions.create(model="demo", messages=MESSAGES)

        def is_good():
            try:
                return bool(ask(client))
            except openai.AuthenticationError:
                return False

        self.assertTrue(becomes(is_good))
        # A WebSocket connection has the only place.
        url = urllib.parse.urlsplit(os.environ["POINTSMAN_URL"])
        holder = socket.create_connection((url.hostname, url.port))
        self.addCleanup(holder.close)
        holder.sendall(
            f"GET /v1/responses HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer {key}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        self.assertTrue(holder.recv(4096).startswith(b"HTTP/1.1 101"))
        self.requests = 0
        with self.assertRaises(openai.RateLimitError) as raised:
            ask(client.with_options(max_retries=0))
        self.assertEqual(raised.exception.code, "rate_limit_exceeded")
        self.assertEqual(raised.exception.response.headers["Retry-After"], "1")
        self.assertIn("'limited'", raised.exception.message)
        self.assertEqual(self.requests, 1)

        began = time.monotonic()
        threading.Timer(0.3, holder.close).start()
        self.assertTrue(ask(client))
        self.assertEqual(self.requests, 3)
        self.assertGreaterEqual(time.monotonic() - began, 1)  # by itself it waits half a second at most
        self.keys("revoke", "limited")

    def test_an_unknown_model_raises_not_found_error(self):
        with self.assertRaises(openai.NotFoundError) as raised:
            self.openai.chat.completions.create(model="none", messages=MESSAGES)
        self.assertEqual(raised.exception.code, "model_not_found")
        self.assertEqual(raised.exception.param, "model")
        self.assertEqual(self.requests, 1)

    def test_what_a_model_has_not_raises_501_after_exactly_one_request(self):
        for name, call in {
            "responses": lambda: self.openai.responses.create(model=CHAT_ONLY, input="x"),
            "streamed responses": lambda: self.openai.responses.create(model=CHAT_ONLY, input="x", stream=True),
            "embeddings": lambda: self.openai.embeddings.create(model=CHAT_ONLY, input="x"),
        }.items():
            with self.subTest(name):
                self.requests = 0
                with self.assertRaises(openai.InternalServerError) as raised:
                    call()
                self.assertEqual(raised.exception.status_code, 501)
                self.assertEqual(raised.exception.code, "unsupported_api")
                self.assertEqual(raised.exception.param, "model")
                self.assertIn(CHAT_ONLY, raised.exception.message)
                self.assertEqual(self.requests, 1)

    def test_an_endpoints_own_failure_comes_through_and_the_sdk_tries_it_again(self):
        with self.assertRaises(openai.InternalServerError) as raised:
            self.openai.chat.completions.create(model="failing", messages=MESSAGES)
        self.assertEqual(raised.exception.code, "broken")
        self.assertEqual(self.requests, 3)  # so the counts above can be more than 1

    def test_a_stream_whose_endpoint_dies_in_its_middle_raises_and_is_not_tried_again(self):
        for name, create in {
            "chat": lambda: self.openai.chat.completions.create(model="dying", messages=MESSAGES, stream=True),
            "responses": lambda: self.openai.responses.create(model="dying", input="x", stream=True),
        }.items():
            with self.subTest(name):
                self.requests = 0
                events = []
                with self.assertRaises(openai.APIError) as raised:
                    for event in create():
                        events.append(event)
                self.assertIn("before its answer was whole", raised.exception.message)
                self.assertEqual(len(events), 1)
                self.assertEqual(self.requests, 1)


if __name__ == "__main__":
    unittest.main()
