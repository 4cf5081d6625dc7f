"""Annotations in the window, put together: tools and canvas on the slide, the card, and their control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from shapely.geometry.base import BaseGeometry

from app.annotation_actions import AnnotationActions
from app.canvas.annotation_canvas import MOST_PUT
from app.canvas.tools.brush_tool import BrushTool
from app.canvas.tools.draw_tools import BoxTool, DrawTool, FreehandTool, PointTool, VertexTool
from app.canvas.tools.select_tool import SelectTool
from app.canvas.tools.tool import Hand
from app.control.annotation_control import AnnotationControl, region_of
from app.control.annotation_words import NAME, NOTE, AnnotationsPlace, AnnotationWords
from app.control.keeping import Keeping
from app.control.review_control import ReviewControl
from app.control.slide_control import SlideControl
from app.control.tool_control import MOVE
from app.main_window import MainWindow
from app.panels.annotation_facts import facts_text
from app.panels.words import counted
from app.single_shot import single_shot
from app.state.annotation_table import colour_of
from app.state.layers import LayersState
from app.state.session import Session
from app.view_desk import ViewDesk
from app.work.task import Tasks
from inference.results.annotation import Annotation, Colour, Shape
from inference.results.annotation_document import Edit
from inference.results.annotation_edit import brushed, erased
from inference.results.annotation_measure import measurements_of
from inference.slides.frames import PointL0

MEASURE_MS = 120
"""The selection rests for so long before it is measured: walking a list measures nothing in passing."""
FLY_PART = 3.0
"""An annotation flown to takes a third of the view."""
MOST_MEASURED = 500


class AnnotationDesk(QObject):
    """Make it after the slide list, which says first whether another window has a slide.

    Signals:
        failed: the `EquiscopeError` to show.

    Attributes:
        control: changes annotations and keeps them.
        words: the names and notes written on them.
    """

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        *,
        session: Session,
        slides: SlideControl,
        layers: LayersState,
        views: ViewDesk,
        reviews: ReviewControl,
        tasks: Tasks,
        keeping: Keeping,
    ) -> None:
        super().__init__()
        self._window, self._session, self._layers, self._tasks = window, session, layers, tasks
        self._views = views
        self.control = AnnotationControl(session, keeping)
        self.control.failed.connect(self.failed)
        self.control.refused.connect(window.status.show_note)
        self.words = AnnotationWords(session, self.control)
        self._coloured: list[DrawTool | BrushTool] = []
        self._add_tools()
        self.acts = AnnotationActions(window, session=session, control=self.control, reviews=reviews)
        self._measure_timer = single_shot(self, MEASURE_MS, self._measure)
        slides.opened.connect(self.control.load)
        slides.leaving.connect(lambda _entry: window.side.annotations.give_words())
        self._connect_card()
        session.annotationsChanged.connect(self._on_changed)
        session.pickedChanged.connect(self._on_picked)
        session.infoChanged.connect(self._show_info)
        session.selectionChanged.connect(self._on_candidate_selected)
        session.heatmapReplaced.connect(self._measure_timer.start)
        session.runChanged.connect(self._measure_timer.start)
        session.stabilityChanged.connect(self._measure_timer.start)
        self.control.classChosen.connect(lambda _name: self._show_classes())
        layers.changed.connect(self._show_layers)
        window.actions_["annotations"].triggered.connect(lambda _checked=False: layers.toggle_annotations())
        window.view.placeClicked.connect(self._on_place_clicked)
        window.view.cursorMoved.connect(self._on_cursor_moved)
        self._on_changed(None)
        self._on_picked()
        self._show_layers()

    def give_words(self) -> None:
        """Hands over the words that are being written, before the window closes."""
        self._window.side.annotations.give_words()

    def stop(self) -> None:
        """Measures nothing any more."""
        self._measure_timer.stop()

    # Tools

    def _add_tools(self) -> None:
        canvas = self._window.view.annotations
        select = SelectTool(self._selected, self._id_under, canvas.shapes_inside)
        select.picked.connect(self.control.select)
        select.moved.connect(
            lambda dx, dy: self.control.change(lambda each: each.moved(dx, dy), label="Move")
        )
        select.reshaped.connect(self._on_reshaped)
        self._views.add_tool("select", select)
        tools: dict[str, DrawTool] = {
            "point": PointTool(),
            "rectangle": BoxTool(Shape.RECTANGLE),
            "ellipse": BoxTool(Shape.ELLIPSE),
            "polygon": VertexTool(Shape.POLYGON),
            "freehand": FreehandTool(),
        }
        for name, tool in tools.items():
            self._add_draw_tool(name, tool)
        for name, erases in (("brush", False), ("eraser", True)):
            brush = BrushTool(erases=erases)
            brush.stroked.connect(self._on_stroked)
            self._coloured.append(brush)
            self._views.add_tool(name, brush)
        self._add_draw_tool("line", VertexTool(Shape.LINE))

    def _add_draw_tool(self, name: str, tool: DrawTool) -> None:
        tool.drawn.connect(self.control.draw)
        self._coloured.append(tool)
        self._views.add_tool(name, tool)

    def _selected(self) -> tuple[Annotation, ...]:
        entry = self._session.current
        return entry.annotations.selected_annotations() if entry is not None else ()

    def _id_under(self, hand: Hand) -> int | None:
        return self._window.view.annotations.id_at(hand.point_l0, hand.l0_per_view)

    def _on_reshaped(self, changed: Annotation, label: str) -> None:
        self.control.change(lambda each: changed if each.id == changed.id else each, label=label)

    def _on_stroked(self, stroke: BaseGeometry, start_l0: PointL0, erases: bool) -> None:
        """A stroke changes the selected areas; with none selected the eraser changes the area it began on."""
        areas = [each for each in self._selected() if each.is_area and not each.locked]
        if not areas and erases:
            under = self._window.view.annotations.id_at(start_l0, self._window.view.viewport.downsample)
            entry = self._session.current
            document = entry.annotations.document if entry is not None else None
            if under is not None and document is not None and document.annotations[under].is_area:
                areas = [document.annotations[under]]
        if erases:
            rest = {each.id: erased(each, stroke) for each in areas}
            kept = [each for each in rest.values() if each is not None]
            gone = [each for each, left in rest.items() if left is None]
            self.control.put_shapes(kept, gone, label="Erase")
        elif areas and areas[0].geometry.intersects(stroke):
            self.control.put_shapes([brushed(areas[0], stroke)], (), label="Brush")
        else:
            self.control.draw(Shape.POLYGON, stroke)

    # On the slide

    def _on_place_clicked(self, point_l0: PointL0) -> None:
        entry = self._session.current
        if entry is not None and self._views.tools.name == MOVE:
            found = self._window.view.annotations.id_at(point_l0, self._window.view.viewport.downsample)
            self.control.select([] if found is None else [found])

    def _on_cursor_moved(self, point_l0: PointL0 | None) -> None:
        canvas, entry = self._window.view.annotations, self._session.current
        document = entry.annotations.document if entry is not None else None
        found = None
        if point_l0 is not None and document is not None and document.annotations:
            found = canvas.id_at(point_l0, self._window.view.viewport.downsample)
        if found is None or document is None:
            canvas.set_label("", None)
            return
        annotation = document.annotations[found]
        words = [each for each in (annotation.class_name, annotation.name) if each]
        canvas.set_label(" \u00b7 ".join(words), point_l0)

    def _on_candidate_selected(self) -> None:
        entry = self._session.current
        if entry is not None and entry.selected is not None:
            entry.annotations.select(())

    def _show_layers(self) -> None:
        self._window.actions_["annotations"].setChecked(self._layers.value.painted.show_annotations)
        self._measure_timer.start()

    # Following the document

    def _on_changed(self, edit: Edit | None) -> None:
        entry, card, canvas = (
            self._session.current,
            self._window.side.annotations,
            self._window.view.annotations,
        )
        document = entry.annotations.document if entry is not None else None
        all_new = edit is None or edit.class_changes or len(edit.changes) > MOST_PUT
        if edit is None or all_new or document is None or entry is None:
            pairs = [] if document is None else [(each, self._colour(each)) for each in document.in_order()]
            canvas.show(pairs, hidden=entry.annotations.hidden if entry is not None else frozenset())
            card.table.show(document, mpp=entry.info.mpp if entry is not None else None)
        else:
            gone = [change.before for change in edit.changes if change.before is not None]
            come = [(each.after, self._colour(each.after)) for each in edit.changes if each.after is not None]
            canvas.change(gone, come)
            card.table.take(edit)
        card.show_rows()
        self._show_classes()
        self._show_selected()
        self.acts.show()

    def _on_picked(self) -> None:
        entry, card = self._session.current, self._window.side.annotations
        if entry is not None:
            card.table.set_hidden(entry.annotations.hidden)
            self._window.view.annotations.set_hidden(entry.annotations.hidden)
        self._show_classes()
        self._show_selected()
        self.acts.show()

    def _show_info(self) -> None:
        entry = self._session.current
        self._window.side.annotations.table.set_mpp(entry.info.mpp if entry is not None else None)
        self._show_selected()
        self.acts.show()

    def _show_classes(self) -> None:
        entry, selected = self._session.current, self._selected()
        document = entry.annotations.document if entry is not None else None
        names = {each.class_name for each in selected} or {self.control.class_name}
        name = names.pop() if len(names) == 1 else None
        self._window.side.annotations.show_classes(self.control.classes_with(name or ""), name)
        for tool in self._coloured:
            tool.colour = self.control.colour
        self.acts.show_class_keys(document.classes if document is not None else ())

    def _show_selected(self) -> None:
        entry, selected = self._session.current, self._selected()
        ids = tuple(each.id for each in selected)
        unlocked = tuple(each.id for each in selected if not each.locked)
        of = None if entry is None else AnnotationsPlace(entry.info.fingerprint, unlocked, entry.path.name)
        self._window.view.annotations.set_selected([(each, self._colour(each)) for each in selected])
        shown = selected if entry is None else self.words.laid_over(entry.info.fingerprint, selected)
        names, notes = {each.name for each in shown}, {each.note for each in shown}
        self._window.side.annotations.show_selected(
            ids,
            of=of,
            name=names.pop() if len(names) == 1 else None,
            note=notes.pop() if len(notes) == 1 else None,
            facts="",
            why_not=self.control.why_not(),
            why_no_words="" if unlocked or not selected else "Locked: unlock it with Shift+L first",
        )
        self._measure_timer.start()

    def _colour(self, annotation: Annotation) -> Colour:
        entry = self._session.current
        return colour_of(annotation, entry.annotations.document if entry is not None else None)

    # Measuring

    def _measure(self) -> None:
        entry, selected = self._session.current, self._selected()
        if entry is None or not selected or len(selected) > MOST_MEASURED:
            many = counted(len(selected), "annotation") + " selected" if selected else ""
            self._window.side.annotations.show_facts(many)
            return
        heatmap, mpp = entry.layer.heatmap if entry.layer is not None else None, entry.info.mpp
        threshold, (stability, rotation) = self._layers.value.chosen.threshold, entry.scan_stability()

        def work() -> list[dict[str, float]]:
            return [
                measurements_of(each, mpp=mpp, heatmap=heatmap, threshold=threshold, stability=stability)
                for each in selected
            ]

        def show(found: Sequence[dict[str, float]]) -> None:
            if self._session.current is entry and self._selected() == selected:
                self._window.side.annotations.show_facts(facts_text(found, rotation=rotation))

        self._tasks.run_task(work, done=show, failed=self.failed.emit)

    # Card

    def _connect_card(self) -> None:
        card, control = self._window.side.annotations, self.control
        card.idsChosen.connect(control.select)
        card.flightWanted.connect(self._fly)
        card.shownToggled.connect(self._toggle_shown)
        card.lockedToggled.connect(self._toggle_locked)
        card.classChosen.connect(control.choose_class)
        # A class that locked ones did not take is not shown as theirs.
        card.classChosen.connect(lambda _name: self._show_classes())
        for given, kind in ((card.nameGiven, NAME), (card.noteGiven, NOTE)):
            given.connect(lambda of, words, kind=kind: self.words.write(of, kind, words))
        card.classesWanted.connect(self._window.actions_["edit_classes"].trigger)
        card.search.left.connect(self._window.view.setFocus)
        for field in (card.name_field, card.note_field, card.search):
            field.returnPressed.connect(partial(self._window.view.setFocus))
        for signal in (card.table.rowsInserted, card.table.rowsRemoved, card.table.modelReset):
            signal.connect(card.show_rows)

    def _fly(self, annotation_id: int) -> None:
        entry, view = self._session.current, self._window.view
        region = region_of(entry.annotations, [annotation_id]) if entry is not None else None
        if region is None:
            return
        viewport = view.viewport
        downsample = max(
            region.width * FLY_PART / viewport.width_view, region.height * FLY_PART / viewport.height_view
        )
        middle = PointL0(region.x + region.width / 2, region.y + region.height / 2)
        view.fly_to(middle, downsample or viewport.downsample)

    def _toggle_shown(self, annotation_id: int) -> None:
        entry = self._session.current
        if entry is not None:
            entry.annotations.set_hidden(entry.annotations.hidden ^ {annotation_id})

    def _toggle_locked(self, annotation_id: int) -> None:
        self.control.select([annotation_id])
        self.control.change(lambda each: replace(each, locked=not each.locked), label="Lock", locked=True)
