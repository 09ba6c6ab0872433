"""The page in Chromium, as people use it."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from mmrag import Answer
from mmrag.errors import StoreError
from mmrag_connectors.hosting.threaded import ThreadedIndex

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
QUIET = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
PATIENCE = 60_000  # ms; nothing here is timed, and the machine may be busy
DAMAGE = "How much did the damage to the buildings, the cableway and the instruments come to?"
BULLETIN = "What did the radio bulletin say of the wind?"
EVIL = "<img src=x onerror=document.title='hacked'>"
SCRIPT = "<script>document.title='hacked'</script>"
LEAK = "![](http://tracker.example/leak.png) [here](javascript:document.title='hacked')"

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Opens the page for who has a token. Whatever goes wrong on it fails the test at its end."""
    wrong: list[str] = []
    contexts = []

    def local_only(route: Route) -> None:
        if route.request.url.startswith(site):
            route.continue_()
        else:
            wrong.append(f"fetched {route.request.url}")
            route.abort()

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # Gradio's stream, when all has come
            wrong.append(f"{request.url}: {request.failure}")

    def told(said: ConsoleMessage, refused: int) -> None:
        if said.type == "error" and not (refused and f"status of {refused}" in said.text):
            wrong.append(said.text)

    def opened(token: str = "reader", refused: int = 0, **options: object) -> Page:
        context = browser.new_context(**options)  # type: ignore[arg-type]  # Playwright's own
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.route("**/*", local_only)
        context.request.post(f"{site}login", form={"token": token})
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", failed)
        page.on("console", lambda said: told(said, refused))
        page.goto(site)
        expect(page.locator(".mm-welcome h2")).to_be_visible()
        return page

    expect.set_options(timeout=PATIENCE)
    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def ask(page: Page, words: str) -> None:
    """Ask, and wait for the end of the answer."""
    page.locator("#mm-question").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator(".mm-turn").last.locator(".mm-answer")).to_have_attribute(
        "aria-busy", "false"
    )


def test_a_citation_opens_the_marked_page(visit: Visit) -> None:
    page = visit()
    ask(page, DAMAGE)
    expect(page.locator(".mm-text")).to_contain_text("7,350 kronor")
    cite = page.locator(".mm-cite").first
    cite.click()
    preview = page.locator(".mm-preview")
    expect(preview).to_have_attribute(
        "alt", "storm-report-1956.pdf, page 1, the cited region marked"
    )
    page.wait_for_function("document.querySelector('.mm-preview').naturalWidth > 500")
    expect(page.locator(".mm-passage mark")).to_contain_text("7,350 kronor")
    expect(page.locator("#mm-panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".mm-panel")).to_be_hidden()
    expect(cite).to_be_focused()


def test_a_recording_starts_at_the_cited_second(visit: Visit) -> None:
    page = visit()
    page.locator(".mm-chip[data-modality=audio]").click()
    page.locator("#mm-question").fill(BULLETIN)
    page.keyboard.press("Enter")
    page.locator(".mm-card").first.click()
    page.wait_for_function("document.querySelector('audio')?.readyState > 0")
    start, now = page.evaluate(
        "[Number(/#t=([\\d.]+)/.exec(document.querySelector('audio').src)[1]),"
        " document.querySelector('audio').currentTime]"
    )
    assert now == pytest.approx(start, abs=0.1)


def test_a_picture_alone_finds_what_is_like_it(visit: Visit, sample_folder: Path) -> None:
    page = visit()
    picture = sample_folder / "pictures/mountain-hut-at-dusk.jpg"
    page.locator(".mm-pick").set_input_files(picture)
    expect(page.locator(".mm-attached .mm-name")).to_have_text(picture.name)
    expect(page.locator(".mm-send")).not_to_have_class("mm-icon mm-send mm-idle")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-found .mm-card .mm-name").first).to_have_text(picture.name)
    page.wait_for_function("document.querySelector('.mm-thumb').naturalWidth > 50")


def test_what_the_files_do_not_say_is_said_so(visit: Visit) -> None:
    page = visit()
    ask(page, "What is the boiling point of gallium?")
    expect(page.locator(".mm-abstained")).to_contain_text("Not in your files")
    expect(page.locator(".mm-found .mm-card").first).to_be_visible()


def test_an_upload_is_found_and_nothing_in_it_runs(visit: Visit, tmp_path: Path) -> None:
    hostile = tmp_path / f"{EVIL}.txt"
    hostile.write_text(f"The beacon of Marrow Point weighs forty tonnes. {EVIL} {SCRIPT} {LEAK}\n")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and no more")
    page = visit("writer")
    expect(page.locator(".mm-welcome h2")).to_have_text("Nothing is indexed yet")
    page.locator(".mm-first").click()
    page.locator("#mm-add").set_input_files([hostile, broken])
    expect(page.locator(".mm-progress .mm-failed")).to_contain_text("broken.pdf")
    expect(page.locator(".mm-progress .mm-failed")).to_contain_text("failed: ")
    expect(page.locator(".mm-documents .mm-name").filter(has_text=EVIL)).to_be_visible()
    page.keyboard.press("Escape")
    ask(page, "What does the beacon of Marrow Point weigh?")
    page.locator(".mm-cite").first.click()
    expect(page.locator("#mm-panel-title")).to_have_text(hostile.name)
    expect(page.locator(".mm-passage")).to_contain_text(f"{EVIL} {SCRIPT} {LEAK}")
    is_unharmed(page)
    page.locator(".mm-side .mm-open-files").click()
    row = page.locator(".mm-documents li").filter(has_text=EVIL)
    row.locator(".mm-remove").click()
    row.locator(".mm-remove").click()
    expect(row).to_have_count(0)


def test_nothing_in_an_answer_runs(
    visit: Visit, hosted: ThreadedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stream(*_: object) -> AsyncIterator[str | Answer]:
        yield f"{EVIL} {SCRIPT}"
        yield Answer(f"{EVIL} {SCRIPT} {LEAK}", False, "llm", EVIL, (), 1.0, note=LEAK)

    page = visit()
    monkeypatch.setattr(hosted, "stream", stream)
    ask(page, SCRIPT)
    expect(page.locator(".mm-text")).to_have_text(f"{EVIL} {SCRIPT} {LEAK}")
    expect(page.locator(".mm-worded")).to_contain_text(EVIL)
    is_unharmed(page)


def is_unharmed(page: Page) -> None:
    """Whether what stands in a text stayed text; what is fetched elsewhere fails each test."""
    assert page.title() == "mmrag"
    assert page.locator(".mm img, .mm script").count() == 0


def test_who_may_only_read_is_offered_nothing_else(visit: Visit) -> None:
    page = visit()
    page.locator(".mm-side .mm-open-files").click()
    expect(page.locator(".mm-documents li").first).to_be_visible()
    assert page.locator("#mm-add, .mm-remove").count() == 0
    expect(page.locator(".mm-out")).to_be_visible()


def test_the_keyboard_is_enough(visit: Visit) -> None:
    page = visit()
    box = page.locator("#mm-question")
    expect(box).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two/")
    expect(box).to_have_value("one\ntwo/")
    assert page.locator(".mm-turn").count() == 0
    box.fill("")
    page.locator(".mm-new").focus()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.press("Enter")
    assert page.locator(".mm-turn").count() == 0


def test_chats_stay_in_the_browser(visit: Visit) -> None:
    page = visit()
    ask(page, DAMAGE)
    page.reload()
    page.locator(".mm-chat").click()
    expect(page.locator(".mm-text")).to_contain_text("7,350 kronor")
    page.locator(".mm-new").click()
    assert page.locator(".mm-turn").count() == 0
    expect(page.locator(".mm-welcome h2")).to_be_visible()
    page.get_by_role("button", name="Forget the chat").click()
    page.reload()
    expect(page.locator(".mm-no-chats")).to_be_visible()


def test_dark_as_the_system_or_as_chosen(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    shade = "getComputedStyle(document.querySelector('.mm')).backgroundColor"
    dark = page.evaluate(shade)
    page.get_by_role("button", name="Light colours").click()
    light = page.evaluate(shade)
    assert (dark, light) == ("rgb(21, 23, 27)", "rgb(247, 246, 243)")
    page.reload()
    expect(page.locator(".mm-welcome h2")).to_be_visible()
    assert page.evaluate(shade) == light


def test_it_fits_a_telephone(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator("#mm-question")).to_be_in_viewport()
    expect(page.locator(".mm-side")).not_to_be_in_viewport()
    page.locator(".mm-menu").click()
    expect(page.locator(".mm-new")).to_be_in_viewport()


def endless(ended: threading.Event) -> Callable[..., AsyncIterator[str]]:
    """A stand-in for a model that never comes to an end."""

    async def stream(*_: object) -> AsyncIterator[str]:
        try:
            yield "It goes on."
            await asyncio.Event().wait()
        finally:
            ended.set()

    return stream


def test_stopping_ends_the_work(
    visit: Visit, hosted: ThreadedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, page = threading.Event(), visit()
    monkeypatch.setattr(hosted, "stream", endless(ended))
    page.locator("#mm-question").fill("And on?")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-text")).to_have_text("It goes on.")
    page.locator(".mm-stop").click()
    expect(page.locator(".mm-answer")).to_contain_text("Stopped.")
    assert ended.wait(PATIENCE / 1000)
    monkeypatch.undo()
    ask(page, DAMAGE)
    expect(page.locator(".mm-text").last).to_contain_text("7,350 kronor")


def test_a_question_is_asked_while_the_one_before_it_still_ends(
    visit: Visit, hosted: ThreadedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, held = visit(), list[Route]()
    page.route("**/gradio_api/cancel", lambda route: held.append(route))
    monkeypatch.setattr(hosted, "stream", endless(threading.Event()))
    page.locator("#mm-question").fill("And on?")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-text")).to_have_text("It goes on.")
    page.locator(".mm-stop").click()
    monkeypatch.undo()
    page.locator("#mm-question").fill(DAMAGE)
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)  # in which it is passed over
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".mm-text").last).to_contain_text("7,350 kronor")


def test_leaving_ends_the_work(
    visit: Visit, hosted: ThreadedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, page = threading.Event(), visit()
    monkeypatch.setattr(hosted, "stream", endless(ended))
    page.locator("#mm-question").fill("And on?")
    page.keyboard.press("Enter")
    expect(page.locator(".mm-text")).to_have_text("It goes on.")
    page.close()
    assert ended.wait(PATIENCE / 1000)


def test_errors_are_said_where_the_answer_would_be(
    visit: Visit, hosted: ThreadedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> AsyncIterator[str]:
        raise StoreError("the index is being opened anew; ask again")
        yield ""

    page = visit()
    monkeypatch.setattr(hosted, "stream", broken)
    ask(page, "Anything?")
    expect(page.get_by_role("alert")).to_have_text("the index is being opened anew; ask again")
    expect(page.locator(".mm-send")).to_be_visible()


def test_who_was_signed_out_is_told(visit: Visit) -> None:
    page = visit(refused=401)
    page.context.clear_cookies()
    ask(page, "Anything?")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
