"""A real MediaWiki with TextExtracts on loopback, as Debian's packages bring it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from urllib.request import urlopen
from xml.sax.saxutils import escape, quoteattr

__all__ = ["MediaWiki", "available"]

CODE = Path("/usr/share/mediawiki")
PATIENCE = 180
# Wikipedia's extensions Disambiguator and Wikibase, as far as page properties go.
SETTINGS = r"""
wfLoadExtension('TextExtracts');
wfLoadExtension('Cite');
if (PHP_SAPI === 'cli-server' && $_SERVER['SCRIPT_NAME'] === '/api.php') {
    $said = json_encode((object) ($_GET + $_POST), JSON_INVALID_UTF8_SUBSTITUTE);
    file_put_contents(__DIR__ . '/queries.jsonl', $said . "\n", FILE_APPEND | LOCK_EX);
}
$wgParserCacheType = CACHE_NONE;
$wgJobRunRate = 0;
$wgMaxArticleSize = 8192;
$wgMemoryLimit = '512M';
$wgPHPSessionHandling = 'disable';
$wgShowExceptionDetails = true;
$wgHooks['ContentAlterParserOutput'][] = function ($content, $title, $output) {
    $text = $content instanceof TextContent ? $content->getText() : '';
    if (stripos($text, '{{disambiguation}}') !== false) {
        $output->setPageProperty('disambiguation', '');
    }
    if (preg_match('/<!-- wikidata: (Q\d+) -->/', $text, $found)) {
        $output->setPageProperty('wikibase_item', $found[1]);
    }
};
"""


def available() -> bool:
    """Return whether PHP and MediaWiki are installed."""
    extension = CODE / "extensions" / "TextExtracts" / "extension.json"
    return shutil.which("php") is not None and extension.exists()


class MediaWiki:
    """A wiki of its own, in a temporary folder, with these pages.

    Parameters
    ----------
    pages : mapping of title → wikitext
    language : str
    links : iterable of str
        Codes of the languages that its pages link to.
    """

    def __init__(
        self, pages: Mapping[str, str], language: str = "en", links: Iterable[str] = ("sv", "en")
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="wiki-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.api = f"{self.address}/api.php"
        self._log = self._folder / "server.log"
        self._queries = self._folder / "queries.jsonl"
        self._server: subprocess.Popen[bytes] | None = None
        settings = self._folder / "LocalSettings.php"
        self._environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}
        options = ("--dbtype", "sqlite", "--dbname", "wiki", "--dbpath", str(self._folder))
        try:
            self._maintain(
                "install.php",
                *(*options, "--server", self.address, "--scriptpath", "", "--lang", language),
                *("--confpath", str(self._folder), "--pass", "a test, no secret", "Wiki", "Admin"),
            )
            settings.write_text(settings.read_text() + SETTINGS)
            self._environment["MW_CONFIG_FILE"] = str(settings)
            with sqlite3.connect(self._folder / "wiki.sqlite") as database:
                database.executemany(
                    "INSERT OR REPLACE INTO interwiki VALUES (?, ?, '', '', 1, 0)",
                    [(code, f"https://{code}.wikipedia.org/wiki/$1") for code in links],
                )
            dump = self._folder / "pages.xml"
            dump.write_text(_dump(pages), encoding="utf-8")
            self._maintain("importDump.php", "--quiet", str(dump))
            self._serve()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> MediaWiki:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def requests(self) -> int:
        """How many requests the wiki has had; it counts before it answers."""
        return len(self.queries())

    def queries(self) -> list[dict[str, str]]:
        """Return the parameters of those requests, whether they came by GET or by POST."""
        return [json.loads(line) for line in self._queries.read_text().splitlines()]

    def edit(self, title: str, text: str) -> None:
        """Save a new revision of a page."""
        self._maintain("edit.php", "-u", "Admin", title, text=text)

    def delete(self, title: str) -> None:
        """Delete a page."""
        self._maintain("deleteBatch.php", "-u", "Admin", text=title)

    def stop(self) -> None:
        """Stop the server, whose process group is its own, and remove everything."""
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(PATIENCE)
            self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                ["php", "-S", f"127.0.0.1:{self._port}"],  # noqa: S607 (where Debian puts it)
                cwd=CODE,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(PATIENCE * 10):
            try:
                with urlopen(f"{self.api}?action=query&format=json", timeout=PATIENCE):  # noqa: S310
                    return
            except OSError:
                if self._server.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"MediaWiki does not answer: {self._log.read_text()[-2000:]}")

    def _maintain(self, script: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(
            ["php", str(CODE / "maintenance" / script), *arguments],  # noqa: S607
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env=self._environment,
        )
        if done.returncode:
            raise RuntimeError(f"{script}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _dump(pages: Mapping[str, str]) -> str:
    """Return pages as MediaWiki's XML: https://www.mediawiki.org/wiki/Help:Export."""
    parts = ['<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11">']
    for title, text in pages.items():
        target = re.match(r"#REDIRECT \[\[([^\]]*)\]\]", text)
        redirect = f"<redirect title={quoteattr(target[1])}/>" if target else ""
        parts.append(
            f"<page><title>{escape(title)}</title><ns>{10 * title.startswith('Template:')}</ns>"
            f"{redirect}<revision><timestamp>2026-01-01T00:00:00Z</timestamp>"
            "<contributor><username>Admin</username></contributor>"
            "<model>wikitext</model><format>text/x-wiki</format>"
            f'<text xml:space="preserve">{escape(text)}</text></revision></page>'
        )
    return "\n".join((*parts, "</mediawiki>"))
