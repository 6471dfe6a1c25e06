// Models: what can look at pictures, how well, under which licence; packs of your own added and taken away.
import { useState } from "preact/hooks";
import { removeModel } from "../api/console";
import { askModels, installed } from "../api/installed";
import type { Model } from "../api/types";
import { session } from "../session/session";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { Dialog } from "../ui/dialog";
import { Markdown } from "../ui/markdown";
import { Broken, Button, Heading, Loading, Name, State } from "../ui/parts";
import { tell } from "../ui/toasts";
import { count, percent, size } from "../ui/words";
import { AddModel } from "./add-model";

export function Models() {
  const all = useStore(installed);
  const { operator } = useStore(session);
  const asked = useAsked(askModels);
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<Model | null>(null);
  const names = [...new Set(all.map((model) => model.name))];
  return (
    <div class="page">
      <Heading title="Models" says="Each looks at a picture in its own way, on this machine.">
        {operator && (
          <Button run={() => setAdding(true)} kind="main" icon="plus">
            Add a pack
          </Button>
        )}
      </Heading>
      {asked.error ? <Broken error={asked.error} again={asked.again} /> : null}
      {!all.length && !asked.error && <Loading lines={3} />}
      <ul class="models">
        {names.map((name) => (
          <Named key={name} name={name} versions={all.filter((model) => model.name === name)} open={setOpen} />
        ))}
      </ul>
      {adding && <AddModel close={() => setAdding(false)} />}
      {open && <About model={open} close={() => setOpen(null)} />}
    </div>
  );
}

/** A detector: its newest version large, those before in a line. */
function Named({ name, versions, open }: { name: string; versions: Model[]; open: (model: Model) => void }) {
  const order = [...versions].sort((a, b) => Number(b.newest) - Number(a.newest) || Number(b.version) - Number(a.version));
  const [now, ...before] = order;
  if (!now) return null;
  const figures = now.quality.slice(0, 4); // of the first set; the figure in brackets, over rare labels too, is the page's
  const pictures = figures.find((one) => one.metric === "pictures")?.value;
  return (
    <li class="model sheet">
      <header>
        <h2>
          <Name>{name}</Name>
        </h2>
        <small>{`version ${now.version}`}</small>
        <State word={now.status === "ok" ? "works" : "broken"} tone={now.status === "ok" ? "good" : "bad"} />
        {!now.builtin && <State word="added" tone="calm" />}
      </header>
      {now.reason && (
        <p class="wrong">
          <Name full>{now.reason}</Name>
        </p>
      )}
      <dl class="small">
        {now.labels.length > 0 && (
          <div>
            <dt>labels</dt>
            <dd>{count(now.labels.length)}</dd>
          </div>
        )}
        {now.threshold !== null && (
          <div>
            <dt>default</dt>
            <dd>{percent(now.threshold)}</dd>
          </div>
        )}
        {Number(now.size) > 0 && (
          <div>
            <dt>weights</dt>
            <dd>{size(Number(now.size))}</dd>
          </div>
        )}
      </dl>
      {figures.length > 0 && (
        <table class="quality">
          <caption>{`Measured on ${figures[0]!.set}${pictures ? `, ${pictures} pictures` : ""}`}</caption>
          <tbody>
            {figures
              .filter((one) => one.set === figures[0]!.set && one.metric !== "pictures")
              .map((one) => (
                <tr key={one.metric}>
                  <th scope="row">{one.metric.replaceAll("`", "")}</th>
                  <td>{String(one.value).replace(/ \([\d.]+\)$/, "")}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
      <div class="does">
        <Button run={() => open(now)} icon="docs">
          Card
        </Button>
        {before.map((model) => (
          <Button key={String(model.version)} run={() => open(model)} kind="quiet">
            {`version ${model.version}${model.status === "ok" ? "" : " (broken)"}`}
          </Button>
        ))}
      </div>
    </li>
  );
}

function About({ model, close }: { model: Model; close: () => void }) {
  const { operator } = useStore(session);
  const [all, setAll] = useState(false);
  const shown = all ? model.labels : model.labels.slice(0, 40);
  const gone = async () => {
    await removeModel(model);
    tell(`${model.name}, version ${model.version}, is removed`);
    await askModels();
    close();
  };
  return (
    <Dialog title={`${model.name}, version ${model.version}`} close={close} wide>
      {model.reason && <p class="wrong">{model.reason}</p>}
      {model.labels.length > 0 && (
        <section class="labels">
          <h3>{`Labels (${count(model.labels.length)})`}</h3>
          <p class="chips">
            {shown.map((label) => (
              <span key={label} class="chip">
                <Name>{label}</Name>
              </span>
            ))}
            {shown.length < model.labels.length && (
              <button type="button" class="chip" onClick={() => setAll(true)}>
                all of them
              </button>
            )}
          </p>
        </section>
      )}
      {model.card ? <Markdown text={model.card} /> : <p class="says">This pack brought no card.</p>}
      {operator && !model.builtin && (
        <div class="does">
          <Button run={gone} kind="danger" icon="trash">
            Remove this version
          </Button>
        </div>
      )}
    </Dialog>
  );
}
