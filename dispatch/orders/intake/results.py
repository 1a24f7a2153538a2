"""What an import did, for machines and for people."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Rejected(msgspec.Struct, rename="camel", kw_only=True):
    """A row that was not taken: its line, the reason's code, and the sentence."""

    line: int
    reason: str
    detail: str


class GridAgreement(msgspec.Struct, rename="camel", kw_only=True):
    """Rows with a label and coordinates in a grid, and of how many the label is that grid's code or name."""

    compared: int = 0
    equal: int = 0


class Counts(msgspec.Struct, rename="camel", kw_only=True):
    """What became of the rows so far. `left_out`: rows without a grid, which `onto` cannot lay onto its day;
    `bad_coordinates_line`: the first line whose coordinates cannot be (0: none);
    `shared_points`: rows on a point that many different addresses share; `repeated_rows`: rows that say again what an
    earlier one with the same id says.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected_rows: int = 0
    left_out: int = 0
    located: int = 0
    unlocated: int = 0
    geocoded: int = 0
    in_grid: int = 0
    outside_grids: int = 0
    bad_coordinates: int = 0
    bad_coordinates_line: int = 0
    shared_points: int = 0
    repeated_rows: int = 0
    compared: int = 0
    equal: int = 0
    repeats: int | None = None
    duplicates: int | None = None


class ImportResult(msgspec.Struct, rename="camel", kw_only=True):
    """What an import did. Every row is in exactly one of created, updated, unchanged, conflicts, rejected, left out,
    repeated."""

    import_id: UUID | None
    rows: int
    created: int
    updated: int
    unchanged: int
    conflicts: int
    rejected: list[Rejected]
    rejected_rows: int
    conflict_rows: list[Rejected]
    left_out: int
    located: int
    unlocated: int
    geocoded: int
    in_grid: int
    outside_grids: int
    bad_coordinates: int
    bad_coordinates_line: int
    shared_points: int
    repeated_rows: int
    repeats: int | None
    duplicates: int | None
    grid_agreement: GridAgreement | None
    dry_run: bool
    resumed: bool
    seconds: float
    mostly_outside: bool = False
    """More than half of the given coordinates lie outside every grid."""
    fitting_systems: list[str] = []
    """In which coordinate systems they would lie in the grids, the likeliest first."""

    def lines(self) -> list[str]:
        """The same for people, on one screen."""
        would = "would be " if self.dry_run else ""
        found = [
            f"{self.rows:,} rows: {self.created:,} {would}created, {self.updated:,} {would}updated, "
            f"{self.unchanged:,} unchanged, {self.conflicts:,} in conflict, {self.rejected_rows:,} rejected.",
            f"{self.located:,} are on the map ({self.geocoded:,} by their address), {self.in_grid:,} in a grid, "
            f"{self.outside_grids:,} outside every grid; {self.unlocated:,} wait on the place worklist.",
        ]
        if self.bad_coordinates:
            found.append(
                f"{self.bad_coordinates:,} have coordinates that cannot be (swapped, at 0, 0 or off the earth), the "
                f"first in line {self.bad_coordinates_line:,}: turn latitude and longitude in the mapping's [columns], "
                "mend the file, or place them on the worklist."
            )
        if self.shared_points:
            found.append(
                f"{self.shared_points:,} stand on a point that many different addresses share, which is no place: "
                "their address was looked up instead, or they wait on the worklist (shared_point)."
            )
        if self.repeated_rows:
            found.append(f"{self.repeated_rows:,} say again what an earlier row with the same id says.")
        if self.fitting_systems:
            found.append(
                f"Most coordinates lie outside every grid. The coordinate system may be wrong: "
                f"{', '.join(self.fitting_systems)} would fit; write it into the mapping's [place] system."
            )
        elif self.mostly_outside:
            found.append(
                "Most coordinates lie outside every grid, and no coordinate system that is used here would fit: is it "
                "the file of this area?"
            )
        if self.left_out:
            found.append(f"{self.left_out:,} have no grid and were left out of the day.")
        if self.repeats or self.duplicates:
            found.append(f"{self.repeats or 0:,} look like repeats, {self.duplicates or 0:,} like duplicates.")
        if self.grid_agreement is not None:
            found.append(
                f"Of {self.grid_agreement.compared:,} labels {self.grid_agreement.equal:,} name the grid found."
            )
        if self.resumed:
            found.append("An import that had been cut short was finished.")
        for row in (*self.conflict_rows, *self.rejected)[:10]:
            found.append(f"Line {row.line}: {row.detail}")
        if len(self.conflict_rows) + len(self.rejected) > 10:
            found.append(f"… and {self.conflicts + self.rejected_rows - 10:,} more rows like these.")
        return found
