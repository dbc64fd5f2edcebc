/** Five tiles making a T, the right one gold. plain: in one colour, for the ink bar. */
export function Logo({ size = 20, plain = false }: { size?: number; plain?: boolean }) {
  const tile = plain ? "currentColor" : "var(--pri)";
  const gold = plain ? "currentColor" : "var(--gold)";
  const at = [[1, 2], [14.5, 2], [14.5, 15], [14.5, 28]] as const;
  return (
    <svg width={size} height={size} viewBox="0 0 40 40" aria-hidden focusable="false">
      {at.map(([x, y]) => (
        <rect key={`${x}-${y}`} x={x} y={y} width={11} height={11} rx={3} fill={tile} />
      ))}
      <rect x={28} y={2} width={11} height={11} rx={3} fill={gold} />
    </svg>
  );
}
