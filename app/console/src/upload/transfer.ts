// One file to the server: whole or in chunks, each sent again until it arrives. The same chunk sent twice does no harm.
import { csrf, Failure, understood } from "../api/client";
import { ask, session, signedIn } from "../session/session";

export const CHUNK = 8 * 1024 * 1024;
const UNSIGNED = /unsigned upload/; // how an upload without a session is refused
const PATIENCE = 15 * 60_000; // how long a chunk is tried while the server is away

export interface Sending {
  signal: AbortSignal;
  /** Bytes that arrived, or are on their way. */
  progress(sent: number): void;
  /** Why nothing moves at the moment, or an empty text. */
  held(reason: string): void;
}

export type Answer = Record<string, unknown>;

/** Send a file to the upload path of a cloud and give the answer to it. Raises Failure for a refusal, AbortError when cancelled. */
export async function send(to: string, file: Blob, name: string, fields: Record<string, string>, id: string, how: Sending): Promise<Answer> {
  for (let round = 0; ; round += 1) {
    let answer: Answer = {};
    for (let start = 0; start === 0 || start < file.size; start += CHUNK) {
      answer = await patiently(to, file, start, name, fields, id, how);
    }
    if (answer["done"] !== false) return answer;
    if (round === 1) throw new Failure("The server has lost part of this file. Try again.", 0);
  }
}

async function patiently(to: string, file: Blob, start: number, name: string, fields: Record<string, string>, id: string, how: Sending): Promise<Answer> {
  const since = Date.now();
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await post(to, file, start, name, fields, id, how);
      how.held("");
      return answer;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.status === 401 || !session.get().signed_in) {
        how.held("Waiting for you to sign in again");
        await unlessAborted(signedIn(), how.signal);
        continue;
      }
      if ((error.status === 403 || UNSIGNED.test(error.message)) && tries === 0) {
        await ask(); // the session, or its token, may be one of before
        continue;
      }
      if (!error.passing || Date.now() - since > PATIENCE) throw error;
      how.held(error.status ? "The server is busy; trying again" : "The server is away; trying again");
      await unlessAborted(pause(Math.max(error.retryAfter * 1000, Math.min(8000, 400 * 2 ** tries))), how.signal);
    }
  }
}

function post(to: string, file: Blob, start: number, name: string, fields: Record<string, string>, id: string, how: Sending): Promise<Answer> {
  const whole = file.size <= CHUNK;
  const part = whole ? file : file.slice(start, start + CHUNK);
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  form.set("file", part, name);
  const headers: Record<string, string> = { "X-Unique-Upload-Id": id, ...csrf() };
  if (whole) Object.assign(headers, { "X-Upload-Part-Number": "1", "X-Upload-Total-Parts": "1" });
  else headers["Content-Range"] = `bytes ${start}-${start + part.size - 1}/${file.size}`;
  return new Promise((resolve, reject) => {
    if (how.signal.aborted) return reject(new DOMException("cancelled", "AbortError"));
    const request = new XMLHttpRequest();
    const cancel = () => request.abort();
    how.signal.addEventListener("abort", cancel);
    request.open("POST", to);
    for (const [header, value] of Object.entries(headers)) request.setRequestHeader(header, value);
    request.upload.onprogress = (event) => how.progress(start + Math.min(part.size, (event.loaded / Math.max(1, event.total)) * part.size));
    request.onloadend = () => how.signal.removeEventListener("abort", cancel);
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onerror = () => reject(new Failure("The server does not answer.", 0));
    request.onload = () => {
      try {
        const answer = understood<Answer>(request.status, request.responseText, request.getResponseHeader("Retry-After"), to);
        how.progress(start + part.size);
        resolve(answer);
      } catch (error) {
        reject(error);
      }
    };
    request.send(form);
  });
}

/** Wait; when the network comes back, no longer. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    addEventListener("online", go);
  });
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("cancelled", "AbortError"));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, reject);
  });
}
