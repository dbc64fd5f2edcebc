"""A year of a made-up Chinese chain of neighbourhood supermarkets, equal on every machine for equal settings."""

from tessera_demo_data.year import Size, write_year

__all__ = ["Size", "write_year"]
