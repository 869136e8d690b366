import shutil

import pytest
from pages import BRIEF

from nerode.eval import page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
OWN = ("file:", "data:", "blob:")  # addresses that no machine is asked for


@pytest.fixture
def brief(monkeypatch):
    """Fewer words, where what matters is not how many."""
    monkeypatch.setattr(page, "amounts_for", lambda teacher, automata: BRIEF)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page; in the end there was no error and no request but for the file itself."""
    trouble, pages = [], []

    def open_page(page, width=1280, scheme="light"):
        file = tmp_path / f"{len(pages)}.html"
        page.save(file)
        shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        pages.append(shown)
        shown.on("console", lambda message: trouble.append(message.text))
        shown.on("pageerror", lambda error: trouble.append(str(error)))
        shown.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
        shown.on("request", lambda request: None if request.url.startswith(OWN) else trouble.append(request.url))
        shown.set_default_timeout(10_000)
        shown.goto(file.as_uri())
        shown.wait_for_selector("html[data-ready]")
        return shown

    yield open_page
    for shown in pages:
        shown.close()
    assert trouble == []
