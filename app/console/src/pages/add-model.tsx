// Adding a pack of one's own: a graph, its labels, what it asks of pictures; refused in one sentence when anything is wrong.
import { useState } from "preact/hooks";
import { addModel } from "../api/console";
import { askModels } from "../api/installed";
import { Dialog } from "../ui/dialog";
import { FormDialog } from "../ui/form-dialog";
import { Button, Name } from "../ui/parts";

const FAMILIES = "auto,yolo,yolox,yolov5,end2end,detr,ssd,nanodet,classifier".split(",");
const FITS = "stretch,letterbox,corner,inside,fill".split(",");

export function AddModel({ close }: { close: () => void }) {
  const [added, setAdded] = useState<{ title: string; notes: string[] } | null>(null);
  const add = async (form: FormData) => {
    for (const [name, value] of [...form]) if (value === "" || (value instanceof File && !value.size)) form.delete(name);
    const { model, notes } = await addModel(form);
    await askModels();
    setAdded({ title: `${model.name}, version ${model.version}, is added`, notes });
  };
  if (added) return <Added {...added} close={close} />;
  return (
    <FormDialog title="Add a pack" verb="Add" doing="Trying it…" close={() => undefined} cancel={close} run={add} wide>
      <p class="says">A detector or classifier in ONNX. It is tried on a picture before anything is kept.</p>
      <label class="field">
        <span>Graph (.onnx), or a .zip of it with its labels and card</span>
        <input type="file" name="file" accept=".onnx,.zip" required />
      </label>
      <label class="field">
        <span>Name that callers write in detection</span>
        <input name="name" required spellcheck={false} autocapitalize="none" placeholder="my-detector" />
      </label>
      <label class="field">
        <span>Labels, one a line, where the graph does not carry them</span>
        <textarea name="labels" rows={3} spellcheck={false} />
      </label>
      <details class="finer">
        <summary>Where it cannot be read off the graph</summary>
        <div class="two">
          <Select name="family" title="Family" choices={FAMILIES} />
          <Select name="fit" title="How a picture is fitted" choices={["", ...FITS]} />
          <Select name="colours" title="Order of the colours" choices={["", "rgb", "bgr"]} />
          <Text name="size" title="Input, as 640 or 640x480" />
          <Text name="threshold" title="Default threshold (0 to 1)" />
          <Text name="floor" title="Reported from (0 to 1)" />
        </div>
      </details>
    </FormDialog>
  );
}

function Select({ name, title, choices }: { name: string; title: string; choices: string[] }) {
  return (
    <label class="field">
      <span>{title}</span>
      <select name={name}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice || "as the family has it"}
          </option>
        ))}
      </select>
    </label>
  );
}

function Text({ name, title }: { name: string; title: string }) {
  return (
    <label class="field">
      <span>{title}</span>
      <input name={name} spellcheck={false} />
    </label>
  );
}

function Added({ title, notes, close }: { title: string; notes: string[]; close: () => void }) {
  return (
    <Dialog title={title} close={close} wide>
      <ul class="notes">
        {notes.map((note) => (
          <li key={note}>
            <Name full>{note}</Name>
          </li>
        ))}
      </ul>
      <p class="says">Look at a photo with it before you trust it: some of what it assumes cannot be read off a graph.</p>
      <div class="does">
        <Button run={close} kind="main">
          Done
        </Button>
      </div>
    </Dialog>
  );
}
