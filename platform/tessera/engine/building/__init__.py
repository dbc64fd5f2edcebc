"""Building in the browser: drafts of documents over the head release, with steps to undo, previews and publishing."""
