"""What the articles are on."""

from views import tags
from views.page import Page


def show(page: Page) -> None:
    """Draw the page."""
    tags.show(page, "topic", "forum")
