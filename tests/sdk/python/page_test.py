"""The code of docs/clients/openai-python.md, as it stands there. Run by tests/sdk/run."""

import os
import pathlib
import subprocess
import sys
import unittest

import markdown

PAGE = pathlib.Path(os.environ["POINTSMAN_PAGES"], "openai-python.md").resolve()


class Page(unittest.TestCase):
    def run_block(self, number):
        block = [block for block in markdown.blocks(PAGE) if block.info == "python"][number]
        variables = {**os.environ, "OPENAI_BASE_URL": os.environ["POINTSMAN_URL"],
                     "OPENAI_API_KEY": os.environ["POINTSMAN_KEY"]}
        run = subprocess.run([sys.executable, "-c", block.text], env=variables, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, f"{block.where}: {run.stderr}")
        return run.stdout

    def test_what_it_asks_for(self):
        told = self.run_block(0)
        for text in ("demo ['chat_completions', 'completions', 'responses', ", "Hello there\n", "Word by word\n 6 tokens\n"):
            self.assertIn(text, told)

    def test_what_fails(self):
        self.assertRegex(self.run_block(1), r"^501 unsupported_api req_\w+\n$")


if __name__ == "__main__":
    unittest.main()
