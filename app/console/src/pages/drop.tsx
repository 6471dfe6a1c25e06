// The first page: drop photos, watch them being looked at.
import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../session/session";
import { useStore } from "../store";
import { addresses, chosen, gather, type Found } from "../upload/gather";
import { add, cancel, clear, queue, retry, type Item } from "../upload/queue";
import { Icon } from "../ui/icons";
import { Button, Heading } from "../ui/parts";
import { count, percent, plural } from "../ui/words";
import { Card } from "../upload/card";
import { Options } from "../upload/options-bar";
import { tell } from "../ui/toasts";

const FIRST = 60;

export function Drop() {
  const { cloud } = useStore(session);
  const items = useStore(queue).filter((item) => item.cloud === cloud);
  const [most, setMost] = useState(FIRST);
  usePaste();
  return (
    <div class="page drop">
      <Heading title="See what the machine saw" says="Drop photos. They are stored, looked at on your machine, and found again by what is in them." />
      <Well small={items.length > 0} />
      <Options />
      {items.length > 0 && (
        <>
          <Overall items={items} />
          <ul class="cards" aria-label="Uploads">
            {items.slice(0, most).map((item) => (
              <Card key={item.turn} item={item} />
            ))}
          </ul>
          {items.length > most && (
            <div class="centre">
              <Button run={() => setMost(most + 120)}>{`Show more of ${count(items.length)}`}</Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

function take(found: Found[]): void {
  if (found.length) add(found);
  else tell("There was no file and no address in that.", { bad: true });
}

function usePaste(): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (!event.clipboardData || (event.target as Element).closest?.("input, textarea")) return;
      event.preventDefault();
      void gather(event.clipboardData).then(take);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, []);
}

function Well({ small }: { small: boolean }) {
  const [over, setOver] = useState(0);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const enter = (event: DragEvent) => {
      if (!event.dataTransfer?.types.some((type) => type === "Files" || type === "text/uri-list")) return;
      event.preventDefault();
      setOver((depth) => depth + 1);
    };
    const leave = () => setOver((depth) => Math.max(0, depth - 1));
    const hold = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(0);
      if (event.dataTransfer) void gather(event.dataTransfer).then(take);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: hold, drop } as unknown as Record<string, EventListener>;
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener);
    };
  }, []);
  const picked = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    take(chosen(input.files ?? []));
    input.value = "";
  };
  return (
    <section class={`well${small ? " small" : ""}${over ? " over" : ""}`} aria-label="Add photos">
      <input ref={files} type="file" multiple hidden data-files onChange={picked} />
      <input ref={folder} type="file" multiple hidden {...{ webkitdirectory: true }} onChange={picked} />
      <span class="roundel">
        <Icon name="drop" size={26} />
      </span>
      <p class="big">{over ? "Let go to add them" : "Drop photos, folders or links here"}</p>
      <div class="does">
        <Button run={() => files.current?.click()} kind="main" icon="plus">
          Choose files
        </Button>
        <Button run={() => folder.current?.click()} icon="folder">
          Folder
        </Button>
      </div>
      <Address />
    </section>
  );
}

function Address() {
  const [text, setText] = useState("");
  const fetchIt = (event: SubmitEvent) => {
    event.preventDefault();
    const found = addresses(text);
    if (!found.length) return tell("An address begins with http:// or https://", { bad: true });
    add(found);
    setText("");
  };
  return (
    <form class="address" onSubmit={fetchIt}>
      <input
        aria-label="Address of a picture"
        placeholder="or paste an address: https://…"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        spellcheck={false}
      />
      <button type="submit" class="button" disabled={!text.trim()}>
        <span>Fetch</span>
      </button>
    </form>
  );
}

function Overall({ items }: { items: Item[] }) {
  const of = (...states: Item["state"][]) => items.filter((item) => states.includes(item.state));
  const live = items.filter((item) => item.state !== "cancelled");
  const bytes = live.reduce((sum, item) => sum + item.size, 0);
  const sent = live.reduce((sum, item) => sum + (["done", "looking"].includes(item.state) ? item.size : item.sent), 0);
  const running = of("waiting", "sending", "looking");
  const failed = of("failed");
  const share = bytes ? sent / bytes : running.length ? 0 : 1;
  return (
    <section class="overall" aria-label="Progress of all uploads">
      <div class="says" role="status">
        <strong>{running.length ? `${plural(running.length, "upload")} running` : `${plural(of("done").length, "picture")} ready`}</strong>
        {running.length > 0 && <span>{percent(share)} sent</span>}
        {failed.length > 0 && <span class="bad">{`${count(failed.length)} failed`}</span>}
      </div>
      {running.length > 0 && <progress max={1} value={share} aria-label="All uploads" />}
      <div class="does">
        {failed.length > 0 && (
          <Button run={() => failed.forEach((item) => retry(item))} icon="retry">
            Retry failed
          </Button>
        )}
        {running.length > 1 && <Button run={() => of("waiting", "sending").forEach(cancel)}>Cancel all</Button>}
        {of("done", "cancelled").length > 0 && (
          <Button run={clear} kind="quiet">
            Clear finished
          </Button>
        )}
      </div>
    </section>
  );
}
