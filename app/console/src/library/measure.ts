// How many pictures stand in a row, how high a row is, and which rows a window shows.

export interface Measure {
  columns: number;
  /** From the top of a row to the top of the next. */
  step: number;
}

export const GAP = 12;
const CAPTION = 30;
const AHEAD = 2; // rows kept beyond each edge

export function measured(width: number): Measure {
  const least = width < 560 ? 104 : width < 1000 ? 150 : 172;
  const columns = Math.max(2, Math.floor((width + GAP) / (least + GAP)));
  const side = (width - GAP * (columns - 1)) / columns;
  return { columns, step: Math.round(side + CAPTION + GAP) };
}

/** The first row and the one behind the last that a window `height` high shows, its upper edge at `top` of the grid. */
export function rowsIn(top: number, height: number, { step }: Measure, count: number): [number, number] {
  const first = Math.floor(top / step) - AHEAD;
  const rows = Math.ceil(height / step) + 1 + 2 * AHEAD;
  const start = Math.max(0, Math.min(first, count - 1));
  return [start, start + rows];
}
