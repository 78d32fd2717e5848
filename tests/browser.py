"""Chromium without a window, driven over its DevTools pipe, with which the report's tests look at a
page.
"""

import base64
import fcntl
import itertools
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"


class Browser:
    """One page. messages: its console output; requests: the addresses that it requested."""

    def __init__(self, profile: Path) -> None:
        commands, answers = os.pipe(), os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (commands[0], answers[1])]
        command = [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu", OFFLINE,
                   "--remote-debugging-pipe", "--disable-dev-shm-usage", "--hide-scrollbars",
                   f"--user-data-dir={profile}", "about:blank"]  # fmt: skip
        # Chromium reads commands from 3 and writes answers to 4
        shell = 'exec 3<&{} 4>&{}; exec "$@"'.format(*theirs)
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *command], pass_fds=theirs,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in (commands[0], answers[1], *theirs):
            os.close(end)
        self._in, self._out = os.fdopen(commands[1], "wb", 0), os.fdopen(answers[0], "rb")
        self._numbers, self._session, self._rest = itertools.count(1), None, b""
        self.messages: list[str] = []
        self.requests: list[str] = []
        targets = self.do("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self.do("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol. Raises RuntimeError with Chromium's message."""
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": number, "method": method, "params": params, **session}
        self._in.write(json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not (more := os.read(self._out.fileno(), 2**16)):
                raise RuntimeError("chromium has ended")
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        return json.loads(text)

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.messages.append(json.dumps(params["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled":
            self.messages.append(json.dumps(params["args"]))
        elif event["method"] == "Log.entryAdded":
            self.messages.append(params["entry"]["text"])
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def show(self, width: int, height: int = 900, scheme: str = "light") -> None:
        """The window's size in pixels, and the color scheme that is preferred."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.do("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.do("Emulation.setEmulatedMedia", features=[feature])

    def open(self, path: Path) -> None:
        """Open a file, and wait until its scripts have run."""
        self.run("delete document.documentElement.dataset.ready")  # of the page before
        self.do("Page.navigate", url=path.resolve().as_uri())
        self.wait("document.readyState == 'complete' && document.documentElement.dataset.ready")

    def wait(self, script: str) -> None:
        """Wait until JavaScript is true. Raises TimeoutError after ten seconds."""
        end = time.monotonic() + 10
        while not self.run(f"Boolean({script})"):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {script}")
            time.sleep(0.02)

    def run(self, script: str) -> Any:
        """The value of JavaScript, awaited. Raises RuntimeError with its exception."""
        options = {"awaitPromise": True, "returnByValue": True}
        answer = self.do("Runtime.evaluate", expression=script, **options)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """A key, such as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                windowsVirtualKeyCode=code, **text)  # fmt: skip

    def write(self, text: str) -> None:
        """Text into what has the focus."""
        self.do("Input.insertText", text=text)

    def picture(self, path: Path, full: bool = True) -> None:
        """A PNG of the page, or of the window."""
        answer = self.do("Page.captureScreenshot", captureBeyondViewport=full)
        path.write_bytes(base64.b64decode(answer["data"]))

    def close(self) -> None:
        try:
            self.do("Browser.close")
        except (RuntimeError, OSError):
            self._process.kill()
        self._process.wait(timeout=20)
        self._in.close()
        self._out.close()
