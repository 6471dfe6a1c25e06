// API keys of the cloud: made, their secret shown once, and taken back.
import { useState } from "preact/hooks";
import { addCloud, addKey, keys, removeKey, type Key } from "../api/console";
import { copy } from "../look/code";
import { ask, session } from "../session/session";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { Dialog } from "../ui/dialog";
import { FormDialog } from "../ui/form-dialog";
import { Broken, Button, Heading, Loading, State } from "../ui/parts";
import { ago } from "../ui/words";

interface Made {
  key: string;
  secret: string;
  cloud?: string;
}

export function Keys() {
  const { cloud, operator } = useStore(session);
  const [founding, setFounding] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const [going, setGoing] = useState<Key | null>(null);
  const asked = useAsked(async () => (await keys()).keys);
  const make = async () => {
    setMade(await addKey());
    await asked.again();
  };
  const found = async (form: FormData) => {
    const { name, key, secret } = await addCloud(String(form.get("name")).trim());
    await ask();
    setMade({ key, secret, cloud: name });
  };
  const url = made && `cloudinary://${made.key}:${made.secret}@${made.cloud ?? cloud}?upload_prefix=${location.origin}`;
  return (
    <div class="page">
      <Heading title="API keys" says={`Programs sign in to the cloud ${cloud ?? ""} with one of these.`}>
        {operator && <Button run={() => setFounding(true)}>New cloud</Button>}
        <Button run={make} kind="main" icon="plus">
          New key
        </Button>
      </Heading>
      {asked.error ? (
        <Broken error={asked.error} again={asked.again} />
      ) : !asked.value ? (
        <Loading lines={2} />
      ) : (
        <ul class="lines" aria-label="Keys">
          {asked.value.map((one) => (
            <li key={one.key} class="line">
              <span class="what">
                <code>{one.key}</code>
                <small>{one.created ? `made ${ago(one.created)}` : "of the server's environment"}</small>
              </span>
              {one.own && <State word="the environment's" tone="calm" />}
              <Button run={() => copy(one.key, "Key")} kind="quiet" icon="copy" label={`Copy ${one.key}`} />
              {!one.own && <Button run={() => setGoing(one)} kind="quiet" icon="trash" label={`Remove ${one.key}`} />}
            </li>
          ))}
        </ul>
      )}
      {founding && (
        <FormDialog title="A new cloud" verb="Make it" close={() => setFounding(false)} run={found}>
          <p class="says">Clouds share nothing: each has assets, presets and keys of its own.</p>
          <label class="field">
            <span>Name</span>
            <input name="name" required autofocus spellcheck={false} autocapitalize="none" />
          </label>
        </FormDialog>
      )}
      {made && (
        <Dialog title={made.cloud ? `The cloud ${made.cloud}, and its key` : "A new key"} close={() => setMade(null)} wide>
          <p class="says">Its secret is shown this once. Keep it where your programs find it.</p>
          <pre class="payload" tabIndex={0} aria-label="The new key">
            {`CLOUDINARY_URL=${url}`}
          </pre>
          <div class="does">
            <Button run={() => copy(made.secret, "Secret")} icon="copy">
              Copy the secret
            </Button>
            <Button run={() => copy(`CLOUDINARY_URL=${url}`, "CLOUDINARY_URL")} kind="main" icon="copy">
              Copy all of it
            </Button>
          </div>
        </Dialog>
      )}
      {going && (
        <Dialog title="Remove this key?" close={() => setGoing(null)}>
          <p class="says">
            Programs that use <code>{going.key}</code> are refused from now on. This cannot be undone.
          </p>
          <div class="does">
            <Button run={() => setGoing(null)}>Keep it</Button>
            <Button run={() => removeKey(going.key).then(() => (setGoing(null), asked.again()))} kind="danger" icon="trash">
              Remove
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
