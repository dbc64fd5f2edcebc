/** Zips of packages in the browser: read to show where a problem stands, and made of a folder. Nothing is trusted here;
 * the server judges the archive by itself. */

export interface PackedFile {
  path: string;
  text: string;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const MOST_BYTES = 50_000_000;

/** The files of a zip as texts; [] for what is no zip, or one too large to be shown. */
export async function readZip(archive: Blob): Promise<PackedFile[]> {
  const bytes = new Uint8Array(await archive.arrayBuffer());
  const view = new DataView(bytes.buffer);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) return [];
  const found: PackedFile[] = [];
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY) return [];
    const [method, packed, size] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const [nameSize, extra, comment] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)];
    const local = view.getUint32(at + 42, true);
    const path = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
    at += 46 + nameSize + extra + comment;
    total += size;
    if (total > MOST_BYTES || local + 30 > bytes.length) return [];
    if (path.endsWith("/")) continue;
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    found.push({ path, text: await unpacked(bytes.slice(from, from + packed), method) });
  }
  return found;
}

async function unpacked(part: Uint8Array<ArrayBuffer>, method: number): Promise<string> {
  if (method === 0) return new TextDecoder().decode(part);
  const stream = new Blob([part]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

/** A zip of files, stored as they are. */
export async function makeZip(files: readonly { path: string; file: Blob }[]): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const entries: Uint8Array<ArrayBuffer>[] = [];
  let place = 0;
  for (const { path, file } of files) {
    const content = new Uint8Array(await file.arrayBuffer());
    const name = new TextEncoder().encode(path) as Uint8Array<ArrayBuffer>;
    const facts = factsOf(content, name.length);
    const local = joined([numbers([LOCAL, 4]), facts, name]);
    entries.push(joined([numbers([ENTRY, 4], [20, 2]), facts, numbers([0, 2], [0, 2], [0, 2], [0, 4], [place, 4]), name]));
    parts.push(local, content);
    place += local.length + content.length;
  }
  const directory = joined(entries);
  const end = numbers([END, 4], [0, 2], [0, 2], [entries.length, 2], [entries.length, 2], [directory.length, 4], [place, 4], [0, 2]);
  return new Blob([...parts, directory, end], { type: "application/zip" });
}

/** What both heads of a file say: version, flags (UTF-8), method, time, date, sum, sizes, length of the name. */
function factsOf(content: Uint8Array, nameSize: number): Uint8Array<ArrayBuffer> {
  return numbers([20, 2], [0x800, 2], [0, 2], [0, 2], [33, 2], [crc32(content), 4], [content.length, 4], [content.length, 4], [nameSize, 2], [0, 2]);
}

function numbers(...given: [value: number, bytes: 2 | 4][]): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(given.reduce((sum, [, size]) => sum + size, 0));
  const view = new DataView(made.buffer);
  let at = 0;
  for (const [value, size] of given) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return made;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
