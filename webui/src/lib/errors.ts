import type { ProblemPart } from "./wire";

/** What the server refused: its code, what it says, and each problem with a pointer to its place. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string,
    readonly problems: readonly ProblemPart[] = [],
    /** The tag of the version that is there now, given with 412. */
    readonly etag: string = "",
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }
}

/** The server could not be reached. Nothing is known about what became of the request. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
}

/** The answer took too long. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** Whether asking once more can help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof OfflineError || error instanceof TimeoutError) return true;
  return error instanceof ApiError && (error.status === 503 || error.status === 502 || error.status === 504);
}

/** The first step of a JSON pointer: the field that a problem is about, "" for the whole. */
export function fieldOf(pointer: string): string {
  return (pointer.split("/")[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
}
