// Parts of the pages that are lists: a choice of what is shown, and the next page of it.
import { Button } from "./parts";

interface ChoiceProps {
  label: string;
  value: string;
  set: (value: string) => void;
  choices: Record<string, string>;
}

export function Choice({ label, value, set, choices }: ChoiceProps) {
  return (
    <div class="segments start" role="group" aria-label={label}>
      {Object.entries(choices).map(([name, title]) => (
        <button key={name} type="button" aria-pressed={value === name} onClick={() => set(name)}>
          {title}
        </button>
      ))}
    </div>
  );
}

export function More({ load }: { load: () => Promise<void> }) {
  return (
    <div class="centre">
      <Button run={load} icon="down">
        More
      </Button>
    </div>
  );
}
