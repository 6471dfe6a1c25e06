// The search box: completes what is typed, and points a caret at what the server does not understand.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../ui/icons";
import { Name } from "../ui/parts";
import { choices, wordAt, type Choice } from "./completing";

interface Props {
  value: string;
  set: (text: string) => void;
  error: string;
  column: number | null;
}

const PAUSE = 700;
const AROUND = 26;

export function SearchBox({ value, set, error, column }: Props) {
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [open, setOpen] = useState<Choice[]>([]);
  const [at, setAt] = useState(-1);
  const turn = useRef(0);
  const latest = useRef({ text, set });
  latest.current = { text, set };
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      if (event.key !== "/" || (event.target as Element).closest("input, textarea, select")) return;
      event.preventDefault();
      box.current?.focus();
    };
    document.addEventListener("keydown", slash);
    return () => document.removeEventListener("keydown", slash);
  }, []);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => latest.current.set(latest.current.text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);

  const complete = async (said: string, caret: number) => {
    const mine = (turn.current += 1);
    const found = await choices(wordAt(said, caret)).catch(() => []);
    if (mine !== turn.current) return;
    setOpen(found);
    setAt(-1);
  };
  const write = (said: string) => {
    setText(said);
    void complete(said, box.current?.selectionStart ?? said.length);
  };
  const close = () => {
    turn.current += 1;
    setOpen([]);
    setAt(-1);
  };
  const take = (choice: Choice) => {
    const input = box.current!;
    const word = wordAt(text, input.selectionStart ?? text.length);
    const after = choice.open ? "" : " ";
    const next = text.slice(0, word.start) + choice.text + after + text.slice(word.end).replace(/^ /, after ? "" : " ");
    const caret = word.start + choice.text.length + after.length;
    setText(next);
    close();
    requestAnimationFrame(() => {
      input.focus();
      input.setSelectionRange(caret, caret);
      if (choice.open) void complete(next, caret);
    });
  };
  const key = (event: KeyboardEvent) => {
    if (open.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setAt((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + open.length) % open.length);
    } else if (event.key === "Tab" && open.length && !event.shiftKey) {
      event.preventDefault();
      take(open[Math.max(0, at)]!);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (open[at]) take(open[at]!);
      else {
        close();
        set(text);
      }
    } else if (event.key === "Escape" && open.length) close();
  };
  const chosen = at >= 0 ? `choice-${at}` : undefined;
  return (
    <div class="searching" role="search">
      <div class={error ? "searchbox wrongly" : "searchbox"}>
        <Icon name="search" size={18} />
        <input
          ref={box}
          type="text"
          role="combobox"
          aria-label="Search"
          aria-expanded={open.length > 0}
          aria-controls="choices"
          aria-autocomplete="list"
          aria-activedescendant={chosen}
          aria-invalid={!!error}
          aria-describedby={error ? "search-error" : undefined}
          placeholder="cat   or   tags=space AND detected.count:person>=2"
          spellcheck={false}
          autocomplete="off"
          autocapitalize="none"
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={key}
          onBlur={() => setTimeout(close, 150)}
        />
        {text && (
          <button
            type="button"
            class="button quiet only"
            aria-label="Clear the search"
            onClick={() => {
              setText("");
              set("");
              box.current?.focus();
            }}
          >
            <Icon name="close" size={16} />
          </button>
        )}
        <kbd aria-hidden="true">/</kbd>
      </div>
      {open.length > 0 && (
        <ul id="choices" class="choices" role="listbox" aria-label="Completions">
          {open.map((choice, place) => (
            <li
              key={choice.text}
              id={`choice-${place}`}
              role="option"
              aria-selected={place === at}
              onMouseDown={(event) => {
                event.preventDefault();
                take(choice);
              }}
            >
              <Name>{choice.shown}</Name>
              <small>{choice.says}</small>
            </li>
          ))}
        </ul>
      )}
      {error && <Told error={error} column={column} text={value} />}
    </div>
  );
}

/** The sentence, and the place it means. */
function Told({ error, column, text }: { error: string; column: number | null; text: string }) {
  const signs = [...text];
  const from = column === null ? 0 : Math.max(0, column - 1 - AROUND);
  const shown = signs.slice(from, from + AROUND * 2).join("");
  return (
    <div id="search-error" class="told" role="alert">
      {column !== null && (
        <pre aria-hidden="true">
          <bdi dir="ltr">{shown}</bdi>
          {"\n"}
          {" ".repeat(Math.max(0, column - 1 - from))}
          <b>^</b>
        </pre>
      )}
      <bdi>{error}</bdi>
    </div>
  );
}
