// The small parts that pages are made of: names, buttons with a wait, empty places, errors, chips.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Failure, sentence } from "../api/client";
import { tell } from "./toasts";
import { Icon } from "./icons";

/** Text that somebody else wrote: kept apart from ours in its direction, and never longer than its place. */
export function Name({ children, full }: { children: string; full?: boolean }) {
  return (
    <bdi class={full ? "name full" : "name"} title={full ? undefined : children}>
      {children}
    </bdi>
  );
}

interface ButtonProps {
  run: () => unknown;
  icon?: string;
  kind?: "main" | "plain" | "danger" | "quiet";
  label?: string;
  disabled?: boolean;
  title?: string;
  children?: ComponentChildren;
}

/** A button that waits for what it started, and tells when that fails. */
export function Button({ run, icon, kind = "plain", label, disabled, title, children }: ButtonProps) {
  const [busy, setBusy] = useState(false);
  const press = async () => {
    const started = run();
    if (!(started instanceof Promise)) return;
    setBusy(true);
    try {
      await started;
    } catch (error) {
      if (!(error instanceof Failure && error.status === 401)) tell(sentence(error), { bad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class={`button ${kind}${children ? "" : " only"}`}
      aria-label={label}
      title={title ?? (children ? undefined : label)}
      aria-busy={busy}
      disabled={disabled || busy}
      onClick={() => void press()}
    >
      {icon && <Icon name={icon} size={18} />}
      {children && <span>{children}</span>}
    </button>
  );
}

export function Empty({ icon, title, children }: { icon: string; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="roundel">
        <Icon name={icon} size={26} />
      </span>
      <h2>{title}</h2>
      {children && <div class="says">{children}</div>}
    </div>
  );
}

export function Broken({ error, again }: { error: unknown; again: () => unknown }) {
  return (
    <div class="empty" role="alert">
      <span class="roundel bad">
        <Icon name="warn" size={26} />
      </span>
      <h2>That did not work</h2>
      <p class="says">{sentence(error)}</p>
      <Button run={again} icon="retry">
        Try again
      </Button>
    </div>
  );
}

export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="bone" />
      ))}
    </div>
  );
}

export function Heading({ title, says, children }: { title: string; says?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="heading">
      <div>
        <h1>{title}</h1>
        {says && <p>{says}</p>}
      </div>
      {children && <div class="does">{children}</div>}
    </header>
  );
}

/** One of several states, always a word and never a colour alone. */
export function State({ word, tone }: { word: string; tone: "good" | "bad" | "busy" | "calm" }) {
  return <span class={`state ${tone}`}>{word}</span>;
}
