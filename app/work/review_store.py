"""Review marks in a slide's case file: read, taken over from earlier scans, kept; run these on one ordered thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inference.errors import LackingCaseError
from inference.results.candidates import Candidate
from inference.results.case_file import CaseFile, default_case_path
from inference.results.case_reviews import Mark, carry_marks, reviews_of, set_marks


def read_marks(
    fingerprint: str, run_id: int, candidates: Sequence[Candidate], *, carry: bool
) -> dict[tuple[int, int], Mark]:
    """The marks of a run by (row, column). Raises CaseFileError.

    Args:
        carry: give candidates of a new run the marks of earlier ones.
    """
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        _require_run(case, run_id)
        if carry:
            carry_marks(case, run_id, candidates)
        return reviews_of(case, run_id)


def keep_marks(fingerprint: str, run_id: int, marks: Mapping[tuple[int, int], Mark]) -> None:
    """Keeps marks, committed to the disk when this returns. Raises CaseFileError."""
    with CaseFile.open(default_case_path(fingerprint), fingerprint=fingerprint) as case:
        _require_run(case, run_id)
        set_marks(case, run_id, marks)


def _require_run(case: CaseFile, run_id: int) -> None:
    """Raises LackingCaseError where the file is not the one that the scan was kept in."""
    try:
        case.run(run_id)
    except KeyError as error:
        raise LackingCaseError(
            "The case file lacks the scan that was kept in it: it was moved away or replaced",
            where=case.path.name,
            advice="Put it back and try again",
        ) from error
