// Short messages at the edge of the page, with a way back where there is one.
import { Store, useStore } from "../store";
import { Icon } from "./icons";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  undo: (() => void) | null;
}

interface How {
  bad?: boolean;
  undo?: () => void;
  seconds?: number;
  gone?: () => void;
}

const toasts = new Store<Toast[]>([]);
let last = 0;

/** Show a message; `gone` is called when it leaves without its undo being pressed. Gives a way to take it away. */
export function tell(text: string, { bad = false, undo, seconds = bad ? 9 : 5, gone }: How = {}): () => void {
  const id = (last += 1);
  const drop = () => toasts.set(toasts.get().filter((one) => one.id !== id));
  const timer = setTimeout(() => {
    drop();
    gone?.();
  }, seconds * 1000);
  const back = undo
    ? () => {
        clearTimeout(timer);
        drop();
        undo();
      }
    : null;
  toasts.set([...toasts.get().filter((one) => one.text !== text || one.undo), { id, text, bad, undo: back }].slice(-4));
  return () => {
    clearTimeout(timer);
    drop();
  };
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} class={toast.bad ? "toast bad" : "toast"}>
          <Icon name={toast.bad ? "warn" : "check"} size={18} />
          <bdi>{toast.text}</bdi>
          {toast.undo && (
            <button type="button" class="button quiet" onClick={toast.undo}>
              Undo
            </button>
          )}
          <button
            type="button"
            class="button quiet only"
            aria-label="Dismiss"
            onClick={() => toasts.set(toasts.get().filter((one) => one.id !== toast.id))}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
