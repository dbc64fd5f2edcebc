const COLUMNS = 16;
const ROWS = 24;
const STEP = 50;
const TILE = 44;
const SOFT = ["neuS", "neuS", "neuL", "neuS", "neuL", "priS", "warnS", "okS", "errS", "neuS", "neuL"] as const;

/** A tile's colour, always the same at the same place. */
function colorAt(x: number, y: number): { fill: string; opacity: number } {
  const mixed = Math.imul(x * 73_856_093 ^ y * 19_349_663, 2_654_435_761) >>> 0;
  const isBar = (y === 4 || y === 5) && x >= 3 && x <= 8;
  const isGold = (y === 4 || y === 5) && (x === 9 || x === 10);
  const isStem = (x === 6 || x === 7) && y >= 6 && y <= 12;
  if (isGold) return { fill: "var(--gold)", opacity: mixed % 4 === 0 ? 0.85 : 1 };
  if (isBar || isStem) return { fill: "var(--pri)", opacity: [1, 0.9, 0.95][mixed % 3]! };
  return { fill: `var(--${SOFT[mixed % SOFT.length]})`, opacity: 0.5 + (mixed % 5) / 10 };
}

/** The wall of tiles beside the sign-in, with the T of the logo in it. */
export function MosaicWall() {
  const tiles = Array.from({ length: COLUMNS * ROWS }, (_, index) => [index % COLUMNS, Math.floor(index / COLUMNS)] as const);
  return (
    <svg width={COLUMNS * STEP} height={ROWS * STEP} focusable="false">
      {tiles.map(([x, y]) => (
        <rect key={`${x}-${y}`} x={x * STEP} y={y * STEP + 3} width={TILE} height={TILE} rx={6} {...colorAt(x, y)} />
      ))}
    </svg>
  );
}
