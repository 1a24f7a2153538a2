"""The manager's numbers at size: `year` fills a database with a year of orders; `figures` measures every page."""
