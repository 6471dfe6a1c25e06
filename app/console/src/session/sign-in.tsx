// Signing in with an API key or the console's password: a page of its own, or over the page whose session ended.
import { useEffect, useRef, useState } from "preact/hooks";
import { sentence } from "../api/client";
import { useStore } from "../store";
import { Icon, Mark } from "../ui/icons";
import { session, signIn } from "./session";

const WAYS = { key: "API key", password: "Password" } as const;
type Way = keyof typeof WAYS;

export function SignIn({ over }: { over?: boolean }) {
  const now = useStore(session);
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (over) box.current?.showModal();
    return () => box.current?.close();
  }, []);
  const card = <Card over={over ?? false} cloud={now.cloud ?? ""} />;
  if (!over) return <main class="alone">{card}</main>;
  return (
    <dialog ref={box} class="dialog" aria-label="Sign in again" onCancel={(event) => event.preventDefault()}>
      {card}
    </dialog>
  );
}

function Card({ over, cloud }: { over: boolean; cloud: string }) {
  const [way, setWay] = useState<Way>("key");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value));
    setBusy(true);
    setWrong("");
    try {
      await signIn(said);
    } catch (error) {
      setWrong(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="signin" onSubmit={(event) => void enter(event)}>
      <div class="brand">
        <Mark />
        <span>Tagsight</span>
      </div>
      <h1>{over ? "Your session has ended" : "Sign in"}</h1>
      <p class="says">{over ? "Everything on the page is still there. Sign in to go on." : "See what the machine saw."}</p>
      <div class="segments" role="radiogroup" aria-label="Sign in with">
        {(Object.keys(WAYS) as Way[]).map((name) => (
          <label key={name}>
            <input type="radio" name="way-of-signing-in" form="none" checked={way === name} onChange={() => setWay(name)} />
            <span>{WAYS[name]}</span>
          </label>
        ))}
      </div>
      <label class="field">
        <span>Cloud name</span>
        <input name="cloud" defaultValue={cloud} autocomplete="organization" spellcheck={false} autocapitalize="none" required={way === "key"} />
      </label>
      {way === "key" && (
        <label class="field">
          <span>API key</span>
          <input name="api_key" autocomplete="username" spellcheck={false} autocapitalize="none" required />
        </label>
      )}
      <label class="field" key={way}>
        <span>{way === "key" ? "API secret" : "Console password"}</span>
        <input name={way === "key" ? "api_secret" : "password"} type="password" autocomplete="current-password" required />
      </label>
      {wrong && (
        <p class="wrong" role="alert">
          <Icon name="warn" size={18} /> {wrong}
        </p>
      )}
      <button type="submit" class="button main" disabled={busy} aria-busy={busy}>
        <span>Sign in</span>
      </button>
      {!over && (
        <p class="hint">
          Key, secret and cloud are in the server's <code>CLOUDINARY_URL</code>; the first start prints it.
        </p>
      )}
    </form>
  );
}
