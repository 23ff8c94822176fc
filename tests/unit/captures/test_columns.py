"""Every column is described, and the page that tells of them is that of the code."""

import csv
import re

from lib.captures.columns import ROW_COLUMNS, TICK_FILE_COLUMNS
from lib.captures.row import Row
from lib.captures.ticks import TICK_COLUMNS
from tests import columns_page
from tests.environment import ROOT


def test_every_column_is_described_in_its_place() -> None:
    assert tuple(column.name for column in ROW_COLUMNS) == Row._fields
    assert tuple(column.name for column in TICK_FILE_COLUMNS) == TICK_COLUMNS
    assert all(column.source for column in (*ROW_COLUMNS, *TICK_FILE_COLUMNS))


def test_the_page_is_that_of_the_code() -> None:
    """Otherwise: python -m tests.columns_page."""
    assert columns_page.PAGE.read_text(encoding="utf-8") == columns_page.page()
    named = re.findall(r"`([a-z0-9_]+)`", columns_page.page())
    assert set(TICK_COLUMNS) | set(Row._fields) <= set(named)


def test_what_format_1_had_is_called_so() -> None:
    header = (ROOT / "tests" / "data" / "format1" / "01_ticks.csv").read_text().splitlines()[0]
    (of_format_1,) = csv.reader([header])
    assert {column.name for column in TICK_FILE_COLUMNS if column.since == 1} == set(of_format_1)
