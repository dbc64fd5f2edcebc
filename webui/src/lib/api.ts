import { ApiError, OfflineError, TimeoutError } from "./errors";
import { currentLanguage } from "./i18n";
import { session } from "./session";
import type { Problem } from "./wire";
import type { paths } from "./wire.gen";

type Method = "get" | "post" | "put" | "patch" | "delete";

/** Values of the query; those that are undefined, null or "" are left out. */
export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Asked {
  query?: Query;
  body?: unknown;
  /** A form with files instead of a JSON body. */
  form?: FormData;
  /** The tag that was read; the server refuses the change with 412 when the record moved on. */
  ifMatch?: string;
  /** Makes repeating a write safe; one is made up for each write that brings none. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Whether a 401 opens the sign-in over the page; false for sign-in itself and the very first request. */
  resumes?: boolean;
}

export interface Answer<T> {
  data: T;
  status: number;
  etag: string;
  headers: Headers;
}

const TIMEOUT_MS = 30_000;

/** One request to the API. Raises: ApiError, OfflineError, TimeoutError. */
export async function send<T>(method: string, path: string, asked: Asked = {}): Promise<Answer<T>> {
  const key = asked.idempotencyKey ?? (method === "GET" ? "" : crypto.randomUUID());
  const first = await attempt(method, path, asked, key);
  const isEnded = first.status === 401 && (asked.resumes ?? true);
  if (isEnded && (await session.expired())) return parsed<T>(await attempt(method, path, asked, key));
  return parsed<T>(first);
}

async function attempt(method: string, path: string, asked: Asked, key: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": currentLanguage() };
  if (method !== "GET") {
    if (session.csrf) headers["X-CSRF-Token"] = session.csrf;
    headers["Idempotency-Key"] = key;
  }
  if (asked.ifMatch) headers["If-Match"] = asked.ifMatch;
  if (asked.body !== undefined) headers["Content-Type"] = "application/json";
  const limit = AbortSignal.timeout(asked.timeoutMs ?? TIMEOUT_MS);
  const signal = asked.signal ? AbortSignal.any([asked.signal, limit]) : limit;
  const body = asked.form ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body));
  try {
    return await fetch(addressOf(path, asked.query), { method, headers, body, signal, credentials: "same-origin" });
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    if (limit.aborted) throw new TimeoutError(path);
    throw new OfflineError(String(error));
  }
}

async function parsed<T>(answer: Response): Promise<Answer<T>> {
  const etag = answer.headers.get("ETag") ?? "";
  const token = answer.headers.get("X-CSRF-Token");
  if (token) session.setCsrf(token);
  if (!answer.ok) throw await refusal(answer, etag);
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const data = (answer.status === 204 ? undefined : isJson ? await answer.json() : await answer.text()) as T;
  return { data, status: answer.status, etag, headers: answer.headers };
}

async function refusal(answer: Response, etag: string): Promise<ApiError> {
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  const wait = Number(answer.headers.get("Retry-After"));
  const seconds = Number.isFinite(wait) && wait > 0 ? wait : null;
  const found = (await answer.json().catch(() => null)) as Problem | null;
  if (!found || typeof found.code !== "string") {
    return new ApiError(answer.status, `http_${answer.status}`, answer.statusText, requestId, [], etag, seconds);
  }
  const problems = found.problems as ApiError["problems"];
  return new ApiError(answer.status, found.code, found.detail, found.request_id || requestId, problems, etag, seconds);
}

/** Path and query as an address. */
export function addressOf(path: string, query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") given.set(name, String(value));
  }
  const text = given.toString();
  return text ? `${path}?${text}` : path;
}

type Ok<Operation> = Operation extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 ? (R[S] extends { content: { "application/json": infer B } } ? B : never) : never }[keyof R]
  : never;

type Sent<Operation> = Operation extends { requestBody?: { content: { "application/json": infer B } } } ? B : unknown;

type Known<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];

/** Fills the places of a path: `fill("/api/v1/imports/{key}", { key: 5 })`. */
export function fill(path: string, places: Record<string, string | number> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(places[name] ?? "")));
}

type Typed<M extends Method, P extends Known<M>> = Omit<Asked, "body"> & {
  places?: Record<string, string | number>;
  body?: Sent<paths[P][M]>;
};

function caller<M extends Method>(method: M) {
  return <P extends Known<M>>(path: P, asked: Typed<M, P> = {}) =>
    send<Ok<paths[P][M]>>(method.toUpperCase(), fill(path, asked.places), asked);
}

/** The endpoints that are always there, typed by the API's description. Records are in records.ts. */
export const api = {
  get: caller("get"),
  post: caller("post"),
  put: caller("put"),
  patch: caller("patch"),
  delete: caller("delete"),
};
