"""The interpreters of the metadata: records, access, ledgers, timelines, flows and what they leave behind."""
