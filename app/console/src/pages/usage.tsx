// Usage: what is stored, and what the server lets in.
import { usage } from "../api/console";
import { session } from "../session/session";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { Broken, Heading, Loading } from "../ui/parts";
import { count, size } from "../ui/words";

interface Usage {
  resources: number;
  derived_resources: number;
  storage: { usage: number };
  last_updated: string;
  media_limits: Record<string, number>;
}

const LIMITS: Record<string, string> = {
  image_max_size_bytes: "Largest upload at once",
  video_max_size_bytes: "Largest file in chunks",
  image_max_px: "Most pixels of a picture",
};

export function Usage() {
  const { cloud } = useStore(session);
  const asked = useAsked(async () => (await usage()) as unknown as Usage);
  const said = asked.value;
  return (
    <div class="page">
      <Heading title="Usage" says={`What the cloud ${cloud ?? ""} holds now. Nothing is metered.`} />
      {asked.error ? <Broken error={asked.error} again={asked.again} /> : null}
      {!said && !asked.error && <Loading lines={3} />}
      {said && (
        <>
          <dl class="figures">
            <div>
              <dt>assets</dt>
              <dd>{count(said.resources)}</dd>
            </div>
            <div>
              <dt>rendered pictures</dt>
              <dd>{count(said.derived_resources)}</dd>
            </div>
            <div>
              <dt>stored</dt>
              <dd>{size(said.storage.usage)}</dd>
            </div>
          </dl>
          <section class="sheet roomy">
            <h2>What is let in</h2>
            <dl class="facts">
              {Object.entries(LIMITS).map(([name, title]) => (
                <div key={name}>
                  <dt>{title}</dt>
                  <dd>{name.endsWith("px") ? `${count(Math.round((said.media_limits[name] ?? 0) / 1e6))} megapixels` : size(said.media_limits[name] ?? 0)}</dd>
                </div>
              ))}
            </dl>
          </section>
        </>
      )}
    </div>
  );
}
