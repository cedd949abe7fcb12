"""One writer at a time where a decision rests on what other rows say.

On SQLite `Database.write()` is that already (BEGIN IMMEDIATE); Postgres lets two transactions read the same
rows and both decide, so they take turns on the table. Readers are never held up.
"""

from sqlalchemy import Connection, Table, text


def one_writer(connection: Connection, table: Table) -> None:
    """Until this write transaction ends, nobody else passes here for `table`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
