// Who is signed in, to which cloud; kept on the server, asked for when the page opens and when a call is refused.
import { call, Failure } from "../api/client";
import { Store } from "../store";

export interface Session {
  signed_in: boolean;
  demo: boolean;
  cloud: string | null;
  clouds: string[];
  /** May change what the whole installation has: models, clouds. */
  operator: boolean;
  csrf: string | null;
  version: string;
  /** Not asked yet, or the session ended while the page was open. */
  state: "asking" | "known" | "ended" | "unreachable";
}

const WHERE = "/console/api/session";
const NOBODY: Session = { signed_in: false, demo: false, cloud: null, clouds: [], operator: false, csrf: null, version: "", state: "asking" };

export const session = new Store<Session>(NOBODY);
let waiting: (() => void)[] = [];

function take(found: Omit<Session, "state">): void {
  const before = session.get();
  if (!found.signed_in && (before.signed_in || before.state === "ended")) return ended();
  session.set({ ...found, state: "known" });
  if (!found.signed_in) return;
  for (const go of waiting) go();
  waiting = [];
}

/** Ask who is signed in. A server that does not answer is asked again until it does. */
export async function ask(): Promise<void> {
  try {
    take(await call("GET", WHERE));
  } catch (error) {
    if (session.get().signed_in && error instanceof Failure && error.status === 401) return ended();
    if (!session.get().signed_in) session.set({ ...session.get(), state: "unreachable" });
    setTimeout(ask, 2000);
  }
}

export async function signIn(said: Record<string, string>): Promise<void> {
  take(await call("POST", WHERE, said));
}

export async function signOut(): Promise<void> {
  await call("DELETE", WHERE);
  session.set({ ...NOBODY, state: "known", version: session.get().version });
}

export async function change(cloud: string): Promise<void> {
  take(await call("PUT", WHERE, { cloud }));
}

/** A call was refused: what is open stays as it is, and the person is asked to sign in again, unless the demo lets anybody in. */
export function ended(): void {
  const now = session.get();
  if (now.state !== "known" || !now.signed_in) return;
  session.set({ ...now, signed_in: false, state: "ended" });
  if (now.demo) void ask();
}

/** Resolves when somebody is signed in (again). */
export function signedIn(): Promise<void> {
  return session.get().signed_in ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
}

/** The session renews itself when it is asked for: now and then, and when somebody comes back to the page. */
setInterval(() => void (session.get().signed_in && ask()), 30 * 60_000);
document.addEventListener("visibilitychange", () => void (!document.hidden && session.get().signed_in && ask()));
