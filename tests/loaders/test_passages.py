"""Passages: their size, their cuts, and that nothing is lost."""

from __future__ import annotations

import time
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from mmrag.loaders.passages import MAX_WORDS, Block, count_words, passages
from mmrag.schema import Span

SENTENCE = "The old barometer in the hall has shown the weather since the year it came. "


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_long_text_is_shared_out_evenly_at_sentence_ends() -> None:
    found = passages([Block(SENTENCE * 40)], target=90, limit=160)  # 600 words
    sizes = [count_words(passage.text) for passage in found]
    assert len(found) == 7
    assert min(sizes) >= 60 and max(sizes) <= 120
    assert all(passage.text.endswith("came.") for passage in found)


def test_small_blocks_of_one_heading_share_a_passage_and_keep_their_lines() -> None:
    found = passages([Block("wind"), Block("rain"), Block("snow", heading=("B",))])
    assert [(p.text, p.heading) for p in found] == [("wind\nrain", ()), ("snow", ("B",))]


def test_pages_are_never_mixed() -> None:
    found = passages([Block("one", page=1), Block("two", page=2)])
    assert [(p.text, p.page) for p in found] == [("one", 1), ("two", 2)]


def test_a_passage_prefers_to_end_with_a_paragraph() -> None:
    # 75 words, then 60 + 45: an even share of 180 is 90, which lies inside the second paragraph.
    blocks = [Block(SENTENCE * 5), Block(SENTENCE * 7)]
    first, second = passages(blocks, target=90, limit=160)
    assert first.text == (SENTENCE * 5).strip()
    assert second.text == (SENTENCE * 7).strip()


def test_a_sentence_that_alone_is_too_long_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(500))
    found = passages([Block(text)])
    assert all(count_words(p.text) <= MAX_WORDS for p in found)
    assert " ".join(p.text for p in found) == text


def test_many_short_words_do_not_add_up_to_too_much() -> None:
    found = passages([Block("\n\n   ".join(["x" * 15] * 500))])
    assert max(count_words(p.text) for p in found) <= MAX_WORDS


def test_one_block_may_stand_twice() -> None:
    block = Block("again")
    assert [p.text for p in passages([block, block])] == ["again\nagain"]


def test_a_long_paragraph_takes_linear_time() -> None:
    started = time.perf_counter()
    passages([Block(SENTENCE * 5_000)])
    short = time.perf_counter() - started
    started = time.perf_counter()
    passages([Block(SENTENCE * 20_000)])
    assert time.perf_counter() - started < 12 * short  # 4 by length, 16 by its square


def test_a_script_without_spaces_is_cut_too() -> None:
    found = passages([Block("漢" * 1000)])
    assert len(found) > 3
    assert "".join(p.text for p in found) == "漢" * 1000


def test_whole_blocks_are_not_cut_at_their_stops() -> None:
    row = "Note: Broken. Sold. " + "Price: 12 kr; " * 20
    found = passages([Block(SENTENCE * 5, whole=False), Block(row, whole=True)])
    assert any(row.strip() in passage.text for passage in found)


def test_spans_follow_their_text() -> None:
    text = "First line ends. Second line here\nthird"
    spans = (
        Span(0, 16, bbox=(0, 0, 1, 0.1)),
        Span(17, 33, bbox=(0, 0.1, 1, 0.2)),
        Span(34, 39, bbox=(0, 0.2, 1, 0.3)),
    )
    (found,) = passages([Block("Before."), Block(text, spans)])
    assert [found.text[s.start : s.end] for s in found.spans] == [
        "First line ends.",
        "Second line here",
        "third",
    ]
    assert [s.bbox for s in found.spans] == [s.bbox for s in spans]


@st.composite
def blocks(draw: st.DrawFn) -> list[Block]:
    """Blocks of random words whose spans have a box of their own each."""
    found = []
    serial = 0
    for _ in range(draw(st.integers(1, 5))):
        pieces = draw(
            st.lists(
                st.text(alphabet="abcABC.,!? \n漢", min_size=1, max_size=60)
                | st.just(SENTENCE)
                | st.just("x" * 700),
                min_size=1,
                max_size=8,
            )
        )
        text, spans = "", []
        for piece in pieces:
            serial += 1
            spans.append(Span(len(text), len(text) + len(piece), start_ms=serial, end_ms=serial))
            text += piece
        heading = draw(st.sampled_from([(), ("A",), ("A", "B")]))
        page = draw(st.sampled_from([None, 1, 2]))
        found.append(Block(text, tuple(spans), heading, page, draw(st.booleans())))
    return found


@given(blocks())
def test_no_text_and_no_span_is_lost(given_blocks: list[Block]) -> None:
    found = passages(given_blocks)
    assert squeezed("".join(p.text for p in found)) == squeezed(
        "".join(b.text for b in given_blocks)
    )
    wanted = {s.start_ms: squeezed(b.text[s.start : s.end]) for b in given_blocks for s in b.spans}
    got: defaultdict[int | None, str] = defaultdict(str)
    for passage in found:
        for span in passage.spans:
            assert 0 <= span.start < span.end <= len(passage.text)
            got[span.start_ms] += squeezed(passage.text[span.start : span.end])
    assert dict(got) == {serial: text for serial, text in wanted.items() if text or serial in got}


@given(blocks())
def test_headings_pages_and_sizes_hold(given_blocks: list[Block]) -> None:
    found = passages(given_blocks)
    assert all(0 < count_words(p.text) <= MAX_WORDS for p in found)
    order = [(b.page, b.heading) for b in given_blocks if b.text.strip()]
    kept = [(p.page, p.heading) for p in found]
    assert list(dict.fromkeys(kept)) == list(dict.fromkeys(order))
