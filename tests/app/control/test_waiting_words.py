"""Words that wait are handed over in the order they were written."""

from __future__ import annotations

from app.control.waiting_words import WaitingWords


def test_words_written_anew_are_given_last() -> None:
    waiting: WaitingWords[str] = WaitingWords()
    for key, words in (("one", "old"), ("both", "middle"), ("one", "new")):
        waiting.hold(key, words)
    given: list[tuple[str, str]] = []
    waiting.give(lambda key, words: given.append((key, words)) or True)  # type: ignore[func-returns-value]
    assert given == [("both", "middle"), ("one", "new")] and waiting.all == ()


def test_what_is_not_taken_goes_on_waiting_in_the_same_order() -> None:
    waiting: WaitingWords[int] = WaitingWords()
    for key in range(4):
        waiting.hold(key, str(key))
    waiting.give(lambda key, _words: key == 1)
    assert waiting.all == ((0, "0"), (2, "2"), (3, "3")) and waiting.get(1) is None
