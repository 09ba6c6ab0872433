"""What the server tells of itself, in Prometheus' text format; a registry for each application.

Names and units follow https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmrag import MmragError
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.http.paths import route_of

TICK_S = 0.1
PATIENCE_S = 2.0
"""An index that does not tell its numbers by then goes without them."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)


class Metrics:
    """Numbers of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Counter(
            "mmrag_http_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "mmrag_http_request_seconds",
            "Time until a request was answered whole.",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.running = Gauge(
            "mmrag_http_requests_in_flight",
            "Requests that are being answered.",
            registry=self._registry,
        )
        self.lag = Histogram(
            "mmrag_event_loop_lag_seconds",
            "How late the event loop comes to what is due.",
            buckets=LAGS,
            registry=self._registry,
        )

    async def tick(self) -> None:
        """Measure how late the event loop is, again and again."""
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.lag.observe(max(0.0, time.perf_counter() - due))

    async def text(self, hosted: HostedIndex, tenant: Tenant) -> bytes:
        """All of it, with the documents and jobs of a tenant while the index can be asked."""
        families: list[GaugeMetricFamily] = []
        if hosted.ready:
            try:
                families = await asyncio.wait_for(_families(hosted, tenant), PATIENCE_S)
            except (MmragError, TimeoutError, asyncio.TimeoutError):
                families = []  # a scrape tells of the server even while the index is hard pressed
        registry = CollectorRegistry()
        registry.register(_Told(families))
        return generate_latest(self._registry) + generate_latest(registry)


class Measured:
    """Middleware: counts requests and the time that they take."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, started = 500, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self.metrics.running.track_inprogress():
            try:
                await self.app(scope, receive, sending)
            finally:
                route, method = route_of(scope), scope["method"]
                known = method if method in METHODS else "other"
                self.metrics.requests.labels(route, known, status).inc()
                self.metrics.seconds.labels(route).observe(time.perf_counter() - started)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A client may send any word as a method, and each would be a series of its own."""


class _Told(Collector):
    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


async def _families(hosted: HostedIndex, tenant: Tenant) -> list[GaugeMetricFamily]:
    info, jobs = await asyncio.gather(hosted.info(tenant), hosted.jobs(tenant))
    documents = GaugeMetricFamily(
        "mmrag_documents", "Documents of the index, of whose token asks.", labels=("modality",)
    )
    for modality, count in info.documents.items():
        documents.add_metric((modality,), count)
    ingest = GaugeMetricFamily(
        "mmrag_ingest_jobs", "Jobs since the index was opened, by state.", labels=("state",)
    )
    for state, count in Tally(job.state for job in jobs).items():
        ingest.add_metric((state,), count)
    return [documents, ingest]
