"""Files on web servers: one address is one file, and nothing in it is followed."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from mmrag.errors import CorruptFile, InputError, LimitExceeded, LoadError
from mmrag.ingest.sources.addresses import Resolver, checked, is_public, resolve
from mmrag.ingest.sources.archive import SUFFIXES
from mmrag.ingest.sources.found import Found, is_plain, tag
from mmrag.ingest.sources.spool import BLOCK, Terms, write_whole
from mmrag.modalities import FILE_KINDS
from mmrag.version import __version__

MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_TIMEOUTS = httpx.Timeout(30.0, connect=10.0)
"""Seconds of silence."""
_SUFFIX_OF = {kind.mimetype: kind.suffixes[0] for kind in FILE_KINDS.values()}
_SUFFIX_OF |= {"application/zip": ".zip", "application/x-tar": ".tar"}
_KNOWN = (*SUFFIXES, *(suffix for kind in FILE_KINDS.values() for suffix in kind.suffixes))


class CheckedTransport(httpx.HTTPTransport):
    """Connects to addresses that were checked, each hop of a redirect anew.

    The connection goes to the very address that was checked; the name stays in the `Host` header
    and in what the certificate must say.

    Args:
        allowed: whether an address may be connected to.
        resolver: tells the addresses of a host.
    """

    def __init__(
        self, *, allowed: Callable[[str], bool] = is_public, resolver: Resolver = resolve
    ) -> None:
        super().__init__()
        self._allowed, self._resolver = allowed, resolver

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; LoadError if its host may not be connected to."""
        url = request.url
        if url.scheme not in _PORTS:
            raise httpx.UnsupportedProtocol(f"leads to an address of {url.scheme}://")
        port = url.port or _PORTS[url.scheme]
        addresses = checked(url.host, port, allowed=self._allowed, resolver=self._resolver)
        for address in addresses[:-1]:
            try:
                return super().handle_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return super().handle_request(_pinned(request, addresses[-1]))


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    """The same request, to an address in place of the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # with the Host of the original
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode()},
    )


@dataclass(frozen=True)
class WebFile:
    """A file on a web server, by an address that the user gave.

    Attributes:
        url: without credentials.
        login: user and password that stood in the address.
        mtime_ns: what the fetched file is to have.
    """

    url: str
    terms: Terms
    login: tuple[str, str] | None = field(default=None, repr=False)
    mtime_ns: int = 0

    @classmethod
    def of(cls, given: str, terms: Terms) -> WebFile:
        """Take an address apart; InputError if it is none."""
        try:
            url = httpx.URL(given)
        except httpx.InvalidURL as exc:
            # the address is not shown, nor what is wrong with it: it may hold a password
            raise InputError(
                "what was given is no web address; is anything in it to be %-encoded?"
            ) from exc
        if not url.host:
            raise InputError("what was given is no web address: it names no host")
        login = (url.username, url.password) if url.userinfo else None
        return cls(str(url.copy_with(userinfo=b"", fragment=None)), terms, login)

    @property
    def root(self) -> str:
        """The server, as in https://example.org:8000."""
        url = httpx.URL(self.url)
        return f"{url.scheme}://{url.netloc.decode()}"

    @property
    def shown(self) -> str:
        """The address without what may be secret in it."""
        return self.url.partition("?")[0]

    def look(self) -> Found:
        """The file as it is now, by what the server says of it, without its content."""
        try:
            with self._client() as client:
                headers = self._headers(client)
        except LoadError as exc:
            return Found.refused(self._name(""), exc)
        size = int(length) if (length := headers.get("content-length", "")).isdigit() else 0
        version = [headers[name] for name in ("etag", "last-modified") if name in headers]
        if size > self.terms.most:
            reason = f"has {size} bytes, more than the {self.terms.most} that are fetched"
            return Found.refused(self._name(""), LimitExceeded(self.shown, reason))
        mtime_ns = tag(*version) if version else time.time_ns()
        origin = WebFile(self.url, self.terms, self.login, mtime_ns)
        mimetype = headers.get("content-type", "").partition(";")[0].strip().lower()
        return Found(self._name(mimetype), size, mtime_ns, origin=origin, at_once=not version)

    def fetch(self, to: Path) -> None:
        """Download the file.

        Raises:
            LoadError: it cannot be had, or not from there.
            LimitExceeded: it is too large, as it comes or unpacked.
        """
        with self._client() as client, self._get(client) as reply:
            blocks = self._blocks(reply)
            write_whole(to, blocks, what=self.shown, mtime_ns=self.mtime_ns, terms=self.terms)

    def _client(self) -> httpx.Client:
        allowed = (lambda _: True) if self.terms.allow_private else is_public
        return httpx.Client(
            # with it httpx asks no proxy, which would look up names itself
            transport=CheckedTransport(allowed=allowed),
            auth=self.login,
            timeout=_TIMEOUTS,
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            headers={"user-agent": f"mmrag/{__version__}", "accept-encoding": "identity"},
        )

    def _headers(self, client: httpx.Client) -> httpx.Headers:
        """What the server says of the file; some know no HEAD, so that GET is begun."""
        with self._reported():
            reply = client.head(self.url)
        if reply.is_success:
            return reply.headers
        with self._get(client) as reply:
            return reply.headers

    @contextmanager
    def _get(self, client: httpx.Client) -> Iterator[httpx.Response]:
        with self._reported(), client.stream("GET", self.url) as reply:
            if reply.status_code != 200:
                reason = f"the server answers {reply.status_code} {reply.reason_phrase}".strip()
                raise LoadError(self.shown, reason)
            yield reply

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as exc:
            raise LoadError(self.shown, "the server does not answer in time") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            reason = str(exc) or type(exc).__name__
            raise LoadError(self.shown, f"cannot be fetched: {reason}") from exc

    def _blocks(self, reply: httpx.Response) -> Iterator[bytes]:
        """The content. httpx would unpack a whole block at once, and nested encodings too."""
        encoding = reply.headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            yield from reply.iter_raw(BLOCK)
            return
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise LoadError(self.shown, f"comes encoded as {encoding!r}, though not asked to")
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # by its header: gzip or zlib
        try:
            for raw in reply.iter_raw(BLOCK):
                rest = raw
                while rest and not unpacking.eof:
                    yield unpacking.decompress(rest, BLOCK)
                    rest = unpacking.unconsumed_tail
            yield unpacking.flush(BLOCK)
        except zlib.error as exc:
            raise CorruptFile(self.shown, f"is no {encoding} as the server says: {exc}") from exc
        if not unpacking.eof:
            raise CorruptFile(self.shown, f"ends in the middle of its {encoding} encoding")

    def _name(self, mimetype: str) -> str:
        """How the file is cited below its server.

        A query may hold what is secret, so that a digest stands for it.
        """
        url = httpx.URL(self.url)
        path = url.path
        if not is_plain(path) or ".." in path.split("/"):
            path = url.raw_path.partition(b"?")[0].decode()
        name = (path + "index" * path.endswith("/")).strip("/")
        suffix = next((name[-len(s) :] for s in _KNOWN if name.lower().endswith(s)), "")
        name = name.removesuffix(suffix)
        if url.query:
            name += f"~{hashlib.sha256(url.query).hexdigest()[:8]}"
        return name + (suffix or _SUFFIX_OF.get(mimetype, ""))
