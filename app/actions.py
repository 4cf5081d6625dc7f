"""The one table of actions: menu, toolbar, shortcuts and keys page are all made from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing a user can ask for.

    Attributes:
        id: by which code refers to it.
        group: heading in menu and keys page.
        text: name in menu, toolbar tooltip and keys page.
        shortcut: keys in Qt's portable spelling; empty for none.
        tooltip: what it does, as a sentence without its key, which is added.
        icon: name of an SVG in resources/icons, or empty.
        label: short text on the toolbar; empty shows the icon alone.
        checkable: whether it is on or off.
        toolbar: whether it has a button.
    """

    id: str
    group: str
    text: str
    tooltip: str
    shortcut: str = ""
    icon: str = ""
    label: str = ""
    checkable: bool = False
    toolbar: bool = False

    @property
    def tip(self) -> str:
        """The tooltip with its key."""
        return f"{self.tooltip} ({self.shortcut})" if self.shortcut else self.tooltip


MAGNIFICATIONS = (1.25, 5.0, 10.0, 20.0, 40.0)
"""Those of a microscope's turret; 10x is the model's own."""
# The key is the digit a magnification begins with; 1.25x, the overview, takes 0 as 10x has the 1.
_MAGNIFICATION_KEYS = {1.25: "0", 5.0: "5", 10.0: "1", 20.0: "2", 40.0: "4"}


def magnification_id(magnification: float) -> str:
    """The action that shows a magnification."""
    return f"magnify_{magnification:g}"


def _magnify(magnification: float) -> ActionSpec:
    name = f"{magnification:g}\u00d7"
    return ActionSpec(
        magnification_id(magnification),
        "View",
        f"Magnify {name}",
        f"Show the slide as a microscope at {name} does",
        _MAGNIFICATION_KEYS[magnification],
        label=name,
        checkable=True,
        toolbar=True,
    )


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open", "Slide", "Open slides\u2026", "Open one slide or several", "Ctrl+O", "open", "Open",
               toolbar=True),
    ActionSpec("open_folder", "Slide", "Open folder\u2026", "List all slides of a folder", "Ctrl+Shift+O"),
    ActionSpec("new_window", "Slide", "New window", "Open another window for another slide", "Ctrl+N"),
    ActionSpec("next_slide", "Slide", "Next slide", "Show the next slide of the tray", "PgDown"),
    ActionSpec("previous_slide", "Slide", "Previous slide", "Show the previous slide of the tray", "PgUp"),
    ActionSpec("remove_slide", "Slide", "Take off the list", "Take this slide off the list; file and results stay",
               "Ctrl+W"),
    ActionSpec("scan", "Slide", "Scan slide", "Compute the heatmap of this slide", "Ctrl+Return", "scan", "Scan slide"),
    ActionSpec("scan_all", "Slide", "Scan all slides", "Scan every slide of the tray that was not, one after the other",
               "Ctrl+Shift+Return"),
    ActionSpec("cancel_scan", "Slide", "Cancel scan", "Stop the scan; what is computed stays", "Ctrl+."),
    ActionSpec("pause_scan", "Slide", "Pause scan", "Let the scan wait, or go on; nothing is lost", "Ctrl+,"),
    ActionSpec("live", "Slide", "Live model", "Run the model on what is on show, wherever you go", "L",
               checkable=True),
    ActionSpec("stability", "Slide", "Rotation stability of this view",
               "Predict what is on show under 32 angles, and see how far the answers depend on the turn", "Shift+R"),
    ActionSpec("equivariance", "Slide", "Check equivariance of this view",
               "Predict what is on show under four turns and four reflections, and compare", "Shift+E"),
    ActionSpec("give_mpp", "Slide", "Set resolution\u2026", "State the slide's micrometres per pixel", "Ctrl+R"),
    ActionSpec("import", "Slide", "Import annotations\u2026",
               "Read annotations of QuPath, ASAP, ImageScope or Camelyon16; files can be dropped on the slide as well",
               "Ctrl+Shift+I"),
    ActionSpec("export", "Slide", "Export\u2026", "Write annotations, candidates, heatmap, pictures or a report",
               "Ctrl+E"),
    ActionSpec("save_copy", "Slide", "Save a copy of the case\u2026",
               "Write all that is known of this slide into one file, for another machine; drop it there on the window",
               "Ctrl+Shift+S"),
    ActionSpec("quit", "Slide", "Quit", "Close the window and end the engine", "Ctrl+Q"),
    ActionSpec("back", "View", "Back", "Go back to the view before", "Alt+Left", "back", toolbar=True),
    ActionSpec("forward", "View", "Forward", "Go forward again", "Alt+Right", "forward", toolbar=True),
    ActionSpec("fit", "View", "Fit", "Show the whole slide", "F", label="Fit", toolbar=True),
    *(_magnify(magnification) for magnification in MAGNIFICATIONS),
    ActionSpec("go_to", "View", "Go to place\u2026", "Show a place given by its x and y", "Ctrl+G"),
    ActionSpec("add_bookmark", "View", "Bookmark this view\u2026", "Keep this view under a name", "Ctrl+D"),
    ActionSpec("bookmarks", "View", "Bookmarks\u2026", "Go to a view kept earlier, rename or delete it", "Ctrl+B"),
    ActionSpec("turn_right", "View", "Turn clockwise", "Turn the picture clockwise by 15 degrees", "]"),
    ActionSpec("turn_left", "View", "Turn anticlockwise", "Turn the picture anticlockwise by 15 degrees", "["),
    ActionSpec("mirror", "View", "Mirror", "Swap left and right of the picture", "\\"),
    ActionSpec("upright", "View", "Upright", "Show the slide as it was scanned, neither turned nor mirrored",
               "Shift+U"),
    ActionSpec("colour_profile", "View", "Colour profile",
               "Show colours as the slide's profile means them, or as stored", "Ctrl+I", checkable=True),
    ActionSpec("tool_move", "Tools", "Move", "Move the slide with the left button", "M", "move", checkable=True,
               toolbar=True),
    ActionSpec("tool_measure", "Tools", "Measure", "Measure distances: drag, or click twice; Esc clears", "D",
               "measure", checkable=True, toolbar=True),
    ActionSpec("tool_select", "Tools", "Select and edit",
               "Select annotations, move them and their vertices; double click adds one, Alt and click removes it",
               "A", "select", checkable=True, toolbar=True),
    ActionSpec("tool_point", "Tools", "Point", "Set a point at each click", ".", "point", checkable=True,
               toolbar=True),
    ActionSpec("tool_rectangle", "Tools", "Rectangle", "Drag a rectangle; with Shift a square", "R", "rectangle",
               checkable=True, toolbar=True),
    ActionSpec("tool_ellipse", "Tools", "Ellipse", "Drag an ellipse; with Shift a circle", "O", "ellipse",
               checkable=True, toolbar=True),
    ActionSpec("tool_polygon", "Tools", "Polygon", "Click vertex by vertex; Enter or a double click closes", "P",
               "polygon", checkable=True, toolbar=True),
    ActionSpec("tool_freehand", "Tools", "Freehand", "Draw an outline in one go", "Shift+P", "freehand",
               checkable=True, toolbar=True),
    ActionSpec("tool_brush", "Tools", "Brush", "Paint an area; Alt erases, < and > change the size", "B", "brush",
               checkable=True, toolbar=True),
    ActionSpec("tool_eraser", "Tools", "Eraser", "Take from the selected areas, or from the one below", "E", "eraser",
               checkable=True, toolbar=True),
    ActionSpec("tool_line", "Tools", "Line", "Draw a line and keep its length: drag, or click; Enter ends it", "I",
               "line", checkable=True, toolbar=True),
    ActionSpec(
        "heatmap", "Layers", "Heatmap", "Show or hide the heatmap; hold the key to peek", "H", "heatmap", "Heatmap",
        checkable=True, toolbar=True,
    ),
    ActionSpec(
        "candidates", "Layers", "Candidates", "Show or hide the candidates' marks", "C", "candidates", "Candidates",
        checkable=True, toolbar=True,
    ),
    ActionSpec(
        "annotations", "Layers", "Annotations", "Show or hide the annotations", "N", "annotations", "Annotations",
        checkable=True, toolbar=True,
    ),
    ActionSpec(
        "slide_only", "Layers", "Slide only", "Hide every layer, and bring them back", "S", "slide",
        checkable=True, toolbar=True,
    ),
    ActionSpec("side_by_side", "Layers", "Side by side", "Show the slide beside its heatmap, or two scans", "X",
               checkable=True),
    ActionSpec("contours", "Layers", "Lines at the threshold", "Outline what reaches the threshold", "T",
               checkable=True),
    ActionSpec("grid", "Layers", "Grid", "Draw a grid as wide as the scale bar is long", "G", checkable=True),
    ActionSpec("coverage", "Layers", "Area looked at", "Tint on the minimap what you have looked at", "V",
               checkable=True),
    ActionSpec("coverage_anew", "Layers", "Look at the slide anew\u2026",
               "Begin another reading, as of a second reader; the one before stays in the case file"),
    ActionSpec("overlays", "Layers", "Minimap, scale and legend", "Show or hide what floats on the slide", "Tab",
               checkable=True),
    ActionSpec("next", "Candidates", "Next candidate", "Go to the next candidate", "J"),
    ActionSpec("previous", "Candidates", "Previous candidate", "Go to the previous candidate", "K"),
    ActionSpec("accept", "Candidates", "Accept", "Accept the selected candidate and go to the next", "Return"),
    ActionSpec("reject", "Candidates", "Reject", "Reject the selected candidate and go to the next", "Del"),
    ActionSpec("undecided", "Candidates", "Leave undecided", "Mark the selected candidate as undecided and go on", "U"),
    ActionSpec("reopen", "Candidates", "Reopen", "Take the selected candidate's mark away", "Backspace"),
    ActionSpec("take_back", "Candidates", "Take back the last mark", "Undo the latest decision on this slide"),
    ActionSpec("search_candidates", "Candidates", "Search candidates",
               "Find candidates by number, mark, note or class; Esc clears", "Ctrl+F"),
    ActionSpec("clear", "Candidates", "Clear selection", "Select no candidate", "Esc"),
    ActionSpec("undo", "Annotations", "Undo", "Take back the last edit or decision on this slide", "Ctrl+Z"),
    ActionSpec("redo", "Annotations", "Redo", "Do what was taken back last again; also Ctrl+Shift+Z", "Ctrl+Y"),
    ActionSpec("delete_annotations", "Annotations", "Delete annotations",
               "Delete the selected annotations; Del does so on the slide"),
    ActionSpec("copy", "Annotations", "Copy", "Copy the selected annotations, for this slide or another", "Ctrl+C"),
    ActionSpec("paste", "Annotations", "Paste", "Put copied annotations in the same place of this slide", "Ctrl+V"),
    ActionSpec("select_all", "Annotations", "Select all", "Select all annotations on show", "Ctrl+A"),
    ActionSpec("merge", "Annotations", "Merge", "Make one area of the selected ones", "Shift+M"),
    ActionSpec("subtract", "Annotations", "Subtract",
               "Cut from the area selected first what the others cover", "Shift+X"),
    ActionSpec("split", "Annotations", "Split",
               "Cut the selected areas along the selected lines, or take their parts asunder", "Shift+S"),
    ActionSpec("simplify", "Annotations", "Simplify", "Leave out vertices that stand out less than half a pixel here",
               "Shift+I"),
    ActionSpec("fill_holes", "Annotations", "Fill holes", "Fill the holes of the selected areas", "Shift+F"),
    ActionSpec("lock", "Annotations", "Lock or unlock", "Protect the selected annotations from edits, or no longer",
               "Shift+L"),
    ActionSpec("annotate_accepted", "Annotations", "Annotate accepted candidates",
               "Set a point on every accepted candidate that has none yet", "Shift+A"),
    ActionSpec("annotate_heatmap", "Annotations", "Annotate the heatmap\u2026",
               "Outline the areas at or above a threshold", "Shift+H"),
    ActionSpec("edit_classes", "Annotations", "Classes\u2026", "Name, colour and key of the annotations' classes"),
    ActionSpec("tray", "Window", "Slide tray", "Show or hide the list of slides", "F9", checkable=True),
    ActionSpec("panels", "Window", "Side panel", "Show or hide the cards at the right", "F10", checkable=True),
    ActionSpec("full_screen", "Window", "Full screen", "Use the whole screen", "F11", checkable=True),
    ActionSpec("keys", "Help", "Keys", "Show all keys and mouse gestures", "F1"),
    ActionSpec("about", "Help", "About Equiscope", "What this program is, and what it is not for"),
)  # fmt: skip

GROUPS = tuple(dict.fromkeys(spec.group for spec in ACTIONS))

MOUSE_GESTURES: tuple[tuple[str, str], ...] = (
    ("Drag", "Move the slide"),
    ("Ctrl and drag", "Turn the picture"),
    ("Space or the middle button and drag", "Move the slide whatever the tool"),
    ("Wheel", "Zoom about the cursor"),
    ("Double click", "Zoom in; with Shift, out"),
    ("Click on a ring or an annotation", "Select it"),
    ("Ctrl+1 to Ctrl+9", "Class of what is selected and drawn next"),
    ("Arrow keys", "Move the slide; with Shift, by a page"),
    ("+ and \u2212", "Zoom in and out"),
)


def spec_of(action_id: str) -> ActionSpec:
    """The action of an id. Raises KeyError for an unknown one."""
    for spec in ACTIONS:
        if spec.id == action_id:
            return spec
    raise KeyError(action_id)
