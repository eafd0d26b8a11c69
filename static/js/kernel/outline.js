// Where a dragged part of an outline may be dropped. Rows are {id, kind, top, bottom} in the order of the page.

// Returns {target, side} for a pointer at height y, or null where the part does not fit.
export function dropAt(rows, dragged, y) {
  const part = rows.find((row) => row.id === dragged);
  const over = rows.find((row) => y >= row.top && y < row.bottom);
  if (!part || !over || over.id === dragged) return null;
  const upper = y < (over.top + over.bottom) / 2;
  if (over.kind === part.kind) return { target: over.id, side: upper ? "before" : "after" };
  if (part.kind === "lesson") return { target: over.id, side: "inside" };
  return besideSection(rows, part, over);
}

// A section over a lesson goes after the section which that lesson is in.
function besideSection(rows, part, over) {
  const above = rows.slice(0, rows.indexOf(over)).filter((row) => row.kind === "section").at(-1);
  return above && above.id !== part.id ? { target: above.id, side: "after" } : null;
}
