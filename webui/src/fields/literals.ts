/** Raw texts of conditions as literals of the formula language. */
import { fromWall, today } from "@/lib/formats";

/** 'it''s' */
export const textLiteral = (raw: string): string => `'${raw.replaceAll("'", "''")}'`;

/** A number that is one; anything else is 0, so that nothing else can get into a formula. */
export const numberLiteral = (raw: string): string => {
  const plain = raw.replaceAll(",", "").trim();
  return /^-?\d+(\.\d+)?$/.test(plain) ? plain : "0";
};

export const percentLiteral = (raw: string): string => `${numberLiteral(raw)}%`;

export const dateLiteral = (raw: string): string => {
  if (/^\d{1,5}$/.test(raw)) return raw;
  return /^\d{4}-\d{2}-\d{2}$/.test(raw) ? `DATE(${raw.split("-").map(Number).join(", ")})` : "BLANK";
};

/** The day after. */
export function dayAfter(day: string, days = 1): string {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

/** A day as a pair of instants in the workspace's zone; a number of days as the instant so long ago. */
export const instantLiteral = (raw: string): string => {
  const begin = (day: string) => `DATETIME('${fromWall(`${day}T00:00:00`)}')`;
  if (/^\d{1,5}$/.test(raw)) return begin(dayAfter(today(), 1 - Number(raw)));
  return /^\d{4}-\d{2}-\d{2}$/.test(raw) ? `${begin(raw)} ${begin(dayAfter(raw))}` : "BLANK BLANK";
};
