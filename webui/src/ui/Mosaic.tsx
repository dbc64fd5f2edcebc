const STEP = 19.5;
const TILE = 15;

/** Colours of the empty state's tiles, row by row. */
const ROWS = [
  ["neuS", "neuS", "okL", "neuS", "neuS", "neuS", "neuS", "neuS", "priS"],
  ["tealS", "neuS", "neuS", "okL", "", "priS", "errL", "neuS", "neuS"],
  ["neuS", "okS", "neuS", "okL", "neuS", "warnL", "priS", "warnS", "errS"],
  ["errS", "priS", "priL", "okL", "warnL", "priS", "warnL", "neuL", "neuS"],
] as const;

const DONE = [
  ["warnS", "tealL", "okS", "neuS", "warnL", "tealL", "neuS", "okL", "neuS"],
  ["neuS", "neuS", "errL", "neuL", "okL", "warnL", "warnL", "errS", "neuS"],
  ["neuS", "warnS", "priS", "neuL", "neuL", "warnL", "priS", "neuS", "errS"],
  ["tealS", "neuS", "priS", "errL", "neuL", "tealL", "neuL", "errL", "neuS"],
] as const;

/** The mosaic: with one dashed missing tile for "the next step", or complete. */
export function Mosaic({ isDone = false }: { isDone?: boolean }) {
  const rows: readonly (readonly string[])[] = isDone ? DONE : ROWS;
  return (
    <svg width={9 * STEP - 4} height={4 * STEP} viewBox={`0 -4 ${9 * STEP - 4} ${4 * STEP}`} aria-hidden focusable="false">
      {rows.flatMap((row, y) =>
        row.map((color, x) =>
          color ? (
            <rect key={`${x}-${y}`} x={x * STEP} y={y * STEP} width={TILE} height={TILE} rx={3} fill={`var(--${color})`} />
          ) : (
            <g key={`${x}-${y}`}>
              <rect
                x={x * STEP + 0.75} y={y * STEP + 0.75} width={TILE - 1.5} height={TILE - 1.5} rx={3}
                fill="var(--surface)" stroke="var(--pri)" strokeWidth={1.5} strokeDasharray="2.5 2"
              />
              <rect
                x={x * STEP + 5} y={y * STEP - 12} width={TILE} height={TILE} rx={3} fill="var(--pri)"
                transform={`rotate(14 ${x * STEP + 12} ${y * STEP - 5})`}
              />
            </g>
          ),
        ),
      )}
    </svg>
  );
}
