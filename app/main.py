"""The program `equiscope`: reads the command line, shows the window, answers with an exit code."""

from __future__ import annotations

import os
import signal
import sys

from app.command_line import Wishes, display_missing, parse
from inference.errors import EquiscopeError

NO_DISPLAY_EXIT = 1


def main(argv: list[str] | None = None) -> int:
    """Runs the window; returns 0, or 1 (no screen, other errors), 2 (usage), 3 (slide unreadable), 4 (no tissue)."""
    wishes = parse(sys.argv[1:] if argv is None else argv)
    if display_missing(wishes):
        if wishes.screenshot is None:
            print(
                "equiscope: no display was found; start it on a desktop, or use --screenshot PNG or equiscope-scan.",
                file=sys.stderr,
            )
            return NO_DISPLAY_EXIT
        # A picture needs no screen.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return _show(wishes)


def _show(wishes: Wishes) -> int:
    # Imported late, so that usage errors and --help come at once.
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication, QMessageBox

    from app.frame_time import keep_frames_steady
    from app.program import Program
    from app.unattended import CommandRun
    from app.unforeseen import Unforeseen, write_crashes
    from inference.results.case_file import data_home

    # Qt's loop never returns to Python while idle, so Ctrl+C in the terminal would go unheard. Results are in the case
    # file as they are computed, and the engine ends when its input does.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        qInstallMessageHandler(_without_offscreen_chatter)
    keep_frames_steady()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(application, QApplication):
        raise TypeError("a QCoreApplication without windows is running")
    application.setApplicationName("Equiscope")
    write_crashes(data_home())
    unforeseen = Unforeseen(data_home())
    unforeseen.install()
    errors: list[EquiscopeError] = []
    unforeseen.happened.connect(errors.append)
    try:
        program = Program(application)
    except Exception as error:  # noqa: BLE001 - whatever it is, a window that does not come must say why
        sys.excepthook(type(error), error, error.__traceback__)
        if wishes.screenshot is None:
            QMessageBox.critical(None, "Equiscope", errors[-1].sentence())
        return _told(errors)
    if wishes.screenshot is None:
        unforeseen.happened.disconnect(errors.append)
    unforeseen.happened.connect(program.show_error)
    run = CommandRun(program, wishes)

    def end(error: EquiscopeError | None) -> None:
        if error is not None:
            errors.append(error)
        application.quit()

    run.ended.connect(end)
    if wishes.size is not None:
        program.window.resize(*wishes.size)
    program.window.show()
    run.start()
    application.exec()
    program.stop()
    unforeseen.uninstall()
    return _told(errors)


def _told(errors: list[EquiscopeError]) -> int:
    """The exit code of errors, which are said on standard error."""
    for error in errors:
        print(f"equiscope: {error.sentence()}", file=sys.stderr)
    return errors[0].exit_code if errors else 0


def _without_offscreen_chatter(_kind: object, _context: object, message: str) -> None:
    """Qt's messages on standard error, but for one that the offscreen platform repeats for every window."""
    if "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
