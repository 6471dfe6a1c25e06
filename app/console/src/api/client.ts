// Every call to the server goes through here: the session's token along, errors as one kind of failure, an ended session noticed.
import { ended, session } from "../session/session";

/** What went wrong, in the server's own sentence; status 0 where no answer came. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  /** Whether the same call may well succeed a little later. */
  get passing(): boolean {
    return [0, 420, 429, 502, 503, 504].includes(this.status);
  }
}

export type Values = Record<string, unknown>;
type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A path of the API's, each part escaped. A name's slashes stay. */
export function path(...parts: string[]): string {
  return "/" + parts.map((part) => part.split("/").map(encodeURIComponent).join("/")).join("/");
}

/** The path of a call in the current cloud. */
export function inCloud(...parts: string[]): string {
  return path("v1_1", session.get().cloud ?? "", ...parts);
}

export function consoleOf(...parts: string[]): string {
  return path("console", "api", session.get().cloud ?? "", ...parts);
}

export function csrf(): Record<string, string> {
  const token = session.get().csrf;
  return token ? { "X-Console-Csrf": token } : {};
}

/** The answer's JSON, or a Failure. GET and DELETE take their values in the query. */
export async function call<T>(method: Method, to: string, values: Values = {}, signal?: AbortSignal): Promise<T> {
  const inQuery = method === "GET";
  const query = inQuery ? search(values) : "";
  const form = values["form"] instanceof FormData ? values["form"] : null;
  const headers: Record<string, string> = { Accept: "application/json", ...csrf() };
  if (!inQuery && !form) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(to + query, {
      method,
      headers,
      body: inQuery ? null : (form ?? JSON.stringify(values)),
      credentials: "same-origin",
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Failure("The server does not answer. Is it running?", 0);
  }
  return understood<T>(answer.status, await answer.text(), answer.headers.get("Retry-After"), to);
}

/** JSON of an answer, or the Failure it tells of. */
export function understood<T>(status: number, text: string, retryAfter: string | null, to: string): T {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // an answer that is not ours, as from a proxy in front
  }
  if (status >= 200 && status < 300 && body !== null) return body as T;
  if (status === 401 && !to.endsWith("/api/session")) ended();
  const said = (body as { error?: { message?: string } } | null)?.error?.message;
  throw new Failure(said ?? `The server answered ${status} without saying why.`, status, Number(retryAfter) || 0);
}

function search(values: Values): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value)) for (const item of value) query.append(`${name}[]`, String(item));
    else query.set(name, String(value));
  }
  const text = query.toString();
  return text && `?${text}`;
}

/** A sentence for people, whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
