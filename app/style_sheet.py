"""The style sheet of the window as a template; the names after the dollar signs are those of `app.theme.Palette`."""

from __future__ import annotations

from string import Template

STYLE_SHEET = Template(
    """
QWidget { color: $text; }
QMainWindow, QDialog, QMessageBox { background: $panel; }
QToolTip { background: $bar; color: $text; border: 1px solid $edge; padding: 4px 6px; }

/* Regions */
#toolbar { background: $bar; border-bottom: 1px solid $line; }
#compareBar { background: $bar; border-bottom: 1px solid $line; }
#statusLine { background: $bar; border-top: 1px solid $line; }
#statusLine QLabel { color: $text_secondary; font-size: 12px; }
#tray { background: $panel; border-right: 1px solid $line; }
#sidePanel { background: $panel; border-left: 1px solid $line; }
#sidePanel QScrollArea, #tray QScrollArea { background: $panel; border: none; }
#cards, #trayList { background: $panel; }
#slideArea { background: $ground; }
#separator { background: $edge; }

/* Buttons */
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px 8px; }
QToolButton#iconButton { padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $tint; }
QToolButton:checked { background: $tint; }
QToolButton:disabled { color: $text_disabled; }
QToolButton:checked:disabled { background: transparent; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }
QPushButton { background: $bar; border: 1px solid $edge; border-radius: 6px; padding: 5px 12px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $tint; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $text_disabled; background: $bar; border-color: $line; }
QPushButton#primary { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton#primary:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton#primary:focus { border-color: $text; }
QPushButton#primary:disabled { background: $hover; color: $text_disabled; border-color: $hover; }
QPushButton#link { background: transparent; border: none; color: $text; text-align: left; padding: 4px 8px; }
QPushButton#link:hover { background: $hover; }

/* Controls */
QComboBox { background: $hover; border: 1px solid transparent; border-radius: 6px; padding: 3px 8px; min-height: 20px; }
QComboBox:hover, QComboBox:focus { border-color: $edge; }
QComboBox:disabled { color: $text_disabled; background: $bar; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox QAbstractItemView { background: $bar; border: 1px solid $edge; selection-background-color: $tint;
  selection-color: $text; outline: none; }
QSlider { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $edge; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $knob; }
QSlider::handle:horizontal:hover { background: $accent_hover; }
QSlider::handle:horizontal:focus { background: $accent_hover; }
QSlider::sub-page:horizontal:disabled { background: $edge; }
QSlider::handle:horizontal:disabled { background: $text_disabled; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $text_disabled; border-radius: 4px;
  background: $hover; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox:disabled { color: $text_disabled; }
QDoubleSpinBox { background: $hover; border: 1px solid $edge; border-radius: 6px; padding: 4px 8px;
  color: $text; selection-background-color: $tint; selection-color: $text; }
QLineEdit { background: $hover; border: 1px solid $edge; border-radius: 6px; padding: 4px 8px; color: $text;
  selection-background-color: $tint; selection-color: $text; }
QLineEdit:focus { border-color: $accent; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; border: none; }
QDoubleSpinBox:focus { border-color: $accent; }

/* Cards */
#card { border-bottom: 1px solid $line; }
#cardHeader { background: transparent; border: none; border-radius: 0; padding: 0; text-align: left; }
#cardHeader:hover { background: $hover; }
#cardHeader:focus { border: 1px solid $accent; }
#cardTitle { font-weight: 600; }
#caption, #cardCaption { color: $text_secondary; font-size: 12px; }
#cardProgress { background: $edge; border: none; border-radius: 2px; max-height: 4px; }
#cardProgress::chunk { background: $accent; border-radius: 2px; }
#factName { color: $text_secondary; }
#emptyTitle { font-size: 17px; font-weight: 600; }

QDialogButtonBox { button-layout: 3; }

/* Bookmarks */
QListWidget { background: $panel; border: 1px solid $edge; border-radius: 6px; outline: none; padding: 2px; }
QListWidget:focus { border-color: $accent; }
QListWidget::item { padding: 5px 6px; border-radius: 4px; color: $text; }
QListWidget::item:hover { background: $hover; }
QListWidget::item:selected { background: $tint; color: $text; }
QListWidget QLineEdit { padding: 0 4px; border-radius: 4px; background: $panel; }

/* Candidates */
QTableView { background: $panel; border: none; outline: none; selection-background-color: $tint;
  selection-color: $text; gridline-color: $line; }
QTableView::item { border: none; padding: 0 6px; }
QTableView::item:hover { background: $hover; }
QTableView::item:selected { background: $tint; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $text_secondary; border: none; padding: 2px 6px; font-size: 11px; }
QHeaderView::down-arrow, QHeaderView::up-arrow { subcontrol-origin: margin; subcontrol-position: top center;
  position: relative; left: 12px; width: 8px; height: 7px; }

/* Tray */
#trayEntry { background: $bar; border: 1px solid transparent; border-radius: 8px; }
#trayEntry:hover { background: $hover; }
#trayEntry[focused="true"] { border-color: $text_secondary; }
#trayPicture { color: $text_secondary; }
#trayCross { background: rgba(15, 17, 19, 190); border-radius: 4px; padding: 0; }
#trayCross:hover { background: #0f1113; }
#trayEntry[current="true"] { border-color: $accent; background: $tray_current; }
#chip { border-radius: 8px; padding: 2px 8px; font-size: 11px; background: $hover; color: $text_secondary; }
#chip[weight="good"] { background: $good_tint; color: $good; }
#chip[weight="warn"] { background: $warn_tint; color: $warn; }
#chip[weight="bad"] { background: $bad_tint; color: $bad; }
#trayTitle { color: $text_secondary; font-size: 11px; }

/* Menus and scroll bars */
QMenu { background: $bar; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $tint; }
QMenu::item:disabled { color: $text_disabled; }
QMenu::separator { height: 1px; background: $edge; margin: 4px 8px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $edge; border-radius: 4px; min-height: 32px; margin: 1px 2px; }
QScrollBar::handle:vertical:disabled { background: transparent; }
QScrollBar::handle:vertical:hover { background: $text_disabled; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

/* Floating on the slide: the same dark glass on both themes */
#glass { background: rgba(15, 17, 19, 216); border-radius: 8px; }
#glass QLabel { color: #e6e8ea; }
#glass QLabel#glassCaption { color: #9aa2aa; font-size: 12px; }
#glass QPushButton { background: transparent; color: #e6e8ea; border: 1px solid transparent; padding: 3px 8px;
  font-weight: 600; }
#glass QPushButton:hover { background: rgba(255, 255, 255, 30); }
#glass QPushButton:disabled { color: #8d959d; }
#glass QToolButton { padding: 2px; }
#glass QToolButton:hover { background: rgba(255, 255, 255, 30); }
#glass QProgressBar { background: rgba(255, 255, 255, 46); border: none; border-radius: 2px; max-height: 4px; }
#glass QProgressBar::chunk { background: #18a0a8; border-radius: 2px; }
"""
)
