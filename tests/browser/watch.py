"""What a page complains about: errors of scripts, console, policy and network."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.flows import FLOWS

# Also said by the console, but only this says where; it is heard even where a page silences its console.
VIOLATIONS = """document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`policy violated: ${event.effectiveDirective} by ${event.blockedURI} (${event.sourceFile})`))"""
LEFT = "net::ERR_ABORTED"  # the person went on before the answer came


class Watch:
    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.expected: list[str] = []
        self.pardoned: list[str] = []
        self.is_closed = False

    def follow(self, context: BrowserContext) -> None:
        context.add_init_script(VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._note(f"script error: {error.error}"))
        context.on("requestfailed", self._request)
        context.on("response", self._response)

    def expect(self, text: str) -> None:
        """This trouble is what the test is about: it must come, and may."""
        self.expected.append(text)

    def pardon(self, text: str) -> None:
        """This trouble may come on some pages of a list and not on others."""
        self.pardoned.append(text)

    def stop(self) -> None:
        """From here on nothing counts: tools that look into pages make noise themselves."""
        self.is_closed = True

    def resume(self) -> None:
        """What comes from here on counts, and only that."""
        self.is_closed = False
        self.troubles.clear()

    def conclude(self) -> None:
        left = [line for line in self.troubles if not any(text in line for text in self.expected + self.pardoned)]
        assert not left, "The pages complained:\n" + "\n".join(left)
        missing = [text for text in self.expected if not any(text in line for line in self.troubles)]
        assert not missing, f"expected, but did not come: {missing}; there was {self.troubles}"

    def _note(self, line: str) -> None:
        if not self.is_closed:
            self.troubles.append(line)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if request.failure != LEFT:
            self._note(f"request failed: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"answer {response.status}: {response.request.method} {response.url}")


class Hand:
    """Does what a person does on a page, and counts the presses on buttons and links (ui.md: typing is free)."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def press(self, name: str, role: str = "button", *, within: str = "body") -> None:
        self.clicks += 1
        self.page.locator(within).get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def follow(self, name: str, *, within: str = "body") -> None:
        self.press(name, "link", within=within)

    def stays_within(self, task: str) -> None:
        """The ceiling of the table of tasks holds."""
        assert self.clicks <= FLOWS[task].most, f"{task} took {self.clicks} presses: {FLOWS[task].task}"

    def does(self, action: Callable[[], object]) -> None:
        """One press of another kind, such as choosing a file."""
        self.clicks += 1
        action()
