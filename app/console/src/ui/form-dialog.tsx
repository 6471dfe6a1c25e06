// A form in a dialog: it closes when what it asked for is done, and says why when it is not.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { sentence } from "../api/client";
import { Dialog } from "./dialog";
import { Button } from "./parts";

interface Props {
  title: string;
  verb: string;
  /** What the button says while it is being done. */
  doing?: string;
  close: () => void;
  /** Where leaving it is something else than being done with it. */
  cancel?: () => void;
  run: (form: FormData) => Promise<unknown>;
  wide?: boolean;
  children: ComponentChildren;
}

export function FormDialog({ title, verb, doing = verb, close, cancel = close, run, wide = false, children }: Props) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setWrong("");
    try {
      await run(new FormData(event.currentTarget as HTMLFormElement));
      close();
    } catch (error) {
      setWrong(sentence(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} close={cancel} wide={wide}>
      <form class="form" onSubmit={(event) => void enter(event)}>
        {children}
        {wrong && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <div class="does">
          <Button run={cancel}>Cancel</Button>
          <button type="submit" class="button main" disabled={busy} aria-busy={busy}>
            {busy ? doing : verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
