// The official Node.js SDK against a live server: what a program written against it does. Prints the name of each step that held.
const assert = require("assert");
const fs = require("fs");
const cloudinary = require("cloudinary").v2;
const [picture, second] = process.argv.slice(2);
const { uploader, api } = cloudinary;

const steps = {
  async upload_detects_and_tags() {
    const made = await uploader.upload(picture, { public_id: "n/cat", detection: "lvis", auto_tagging: 0.4, tags: ["node"], phash: true });
    assert(made.tags.includes("node") && made.tags.includes("cat"));
    assert(made.info.detection.object_detection.data.lvis.tags.cat[0]["bounding-box"].length === 4);
    assert(cloudinary.utils.verify_api_response_signature(made.public_id, made.version, made.signature));
    assert.strictEqual(made.phash.length, 16);
    assert.strictEqual(made.url, cloudinary.url("n/cat", { version: made.version, format: "jpg", secure: false, urlAnalytics: false, cname: made.url.split("/")[2] }));
  },
  async upload_of_a_data_uri_and_a_stream() {
    const uri = `data:image/jpeg;base64,${fs.readFileSync(picture).toString("base64")}`;
    assert.strictEqual((await uploader.upload(uri, { public_id: "n/uri" })).width, 451);
    const streamed = await new Promise((done, fail) => {
      const stream = uploader.upload_stream({ public_id: "n/stream", eager: [{ width: 40, crop: "scale" }] }, (error, result) => (error ? fail(error) : done(result)));
      fs.createReadStream(second).pipe(stream);
    });
    assert.strictEqual(streamed.eager[0].width, 40);
  },
  async upload_large_in_chunks() {
    const file = "/tmp/tagsight-node-large.bin";
    fs.writeFileSync(file, Buffer.alloc(11 * 1024 * 1024, 7));
    const made = await new Promise((done) => uploader.upload_large(file, { public_id: "n/large.bin", chunk_size: 6000000 }, (result, extra) => done(extra || result)));
    fs.unlinkSync(file);
    assert.strictEqual(made.bytes, 11 * 1024 * 1024);
    assert.strictEqual(made.resource_type, "raw");
  },
  async unsigned_upload_by_preset() {
    await api.create_upload_preset({ name: "node_preset", unsigned: true, folder: "free", tags: "preset" });
    const made = await uploader.unsigned_upload(picture, "node_preset");
    assert(made.public_id.startsWith("free/"));
    assert.deepStrictEqual(made.tags, ["preset"]);
    assert.strictEqual((await api.upload_preset("node_preset")).settings.folder, "free");
    await api.delete_upload_preset("node_preset");
  },
  async explicit_tags_context_rename() {
    const told = await uploader.explicit("n/uri", { type: "upload", detection: "lvis", auto_tagging: "default", eager: [{ crop: "thumb", gravity: "cat", width: 50, height: 50 }] });
    assert.strictEqual(told.eager[0].height, 50);
    await uploader.add_tag("one", ["n/uri", "n/cat"]);
    await uploader.replace_tag("two", ["n/uri"]);
    await uploader.add_context({ alt: "a=b|c" }, ["n/uri"]);
    const found = await api.resource("n/uri", { colors: true });
    assert.deepStrictEqual(found.tags, ["two"]);
    assert.strictEqual(found.context.custom.alt, "a=b|c");
    assert(found.colors.length > 0);
    assert.strictEqual((await uploader.rename("n/uri", "n/renamed")).public_id, "n/renamed");
    await assert.rejects(uploader.rename("n/renamed", "n/cat"));
  },
  async admin_lists_updates_and_deletes() {
    assert.strictEqual((await api.ping()).status, "ok");
    const updated = await api.update("n/cat", { detection: "cld-fashion", moderation_status: undefined, tags: "hat,x" });
    assert(updated.info.detection.object_detection.data["cld-fashion"]);
    const page = await api.resources_by_tag("hat", { tags: true, max_results: 1 });
    assert.deepStrictEqual(page.resources.map((item) => item.public_id), ["n/cat"]);
    assert.strictEqual(typeof page.rate_limit_remaining, "number");
    assert((await api.tags()).tags.includes("hat"));
    assert((await api.resources({ type: "upload", prefix: "n/", max_results: 50 })).resources.length >= 3);
    assert.strictEqual((await api.delete_resources(["n/renamed"])).deleted["n/renamed"], "deleted");
    await assert.rejects(api.resource("n/renamed"), (error) => error.error.http_code === 404);
  },
  async search_and_search_urls() {
    const found = await cloudinary.search.expression("tags=hat AND public_id:n/*").with_field("tags").sort_by("public_id", "asc").max_results(10).execute();
    assert.strictEqual(found.total_count, 1);
    assert(found.resources[0].tags.includes("x"));
  },
  async structured_metadata() {
    await api.add_metadata_field({ external_id: "colour", label: "colour", type: "enum", datasource: { values: [{ external_id: "r", value: "red" }] } });
    await uploader.update_metadata({ colour: "r" }, ["n/cat"]);
    assert.strictEqual((await api.resource("n/cat")).metadata.colour, "r");
    await api.delete_metadata_field("colour");
  },
  async archives_and_sprites() {
    const zip = await uploader.create_zip({ tags: ["hat"], public_ids: ["n/stream"], target_public_id: "n/all.zip" });
    assert.strictEqual(zip.file_count, 2);
    const sprite = await uploader.generate_sprite("hat", { width: 20, crop: "scale" });
    assert.strictEqual(Object.keys(sprite.image_infos).length, 1);
    const multi = await uploader.multi("hat", { transformation: { width: 20, crop: "scale" } });
    assert(multi.secure_url.endsWith(".gif"));
    assert.strictEqual((await uploader.text("Hello", { public_id: "n_text", font_size: 20 })).type, "text");
  },
  async notices_are_verified() {
    const body = '{"public_id":"x"}', now = Math.floor(Date.now() / 1000);
    const signature = require("crypto").createHash("sha1").update(body + now + "secret").digest("hex");
    assert(cloudinary.utils.verifyNotificationSignature(body, now, signature));
  },
  async pictures_by_signed_url() {
    await uploader.upload(picture, { public_id: "n/private", type: "authenticated" });
    const path = cloudinary.url("n/private", { type: "authenticated", sign_url: true, width: 30, crop: "scale", format: "png", secure: true }).replace(/^https:\/\/[^/]+/, "");
    const answer = await fetch(process.env.TAGSIGHT + path);
    assert.strictEqual(answer.status, 200);
    assert.strictEqual(answer.headers.get("content-type"), "image/png");
  },
  async destroy() {
    assert.strictEqual((await uploader.destroy("n/cat")).result, "ok");
    assert.strictEqual((await uploader.destroy("n/cat")).result, "not found");
  },
};

(async () => {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`held ${name}`);
    } catch (error) {
      console.log(`FAILED ${name}: ${error && error.message ? error.message : JSON.stringify(error)}`);
      process.exitCode = 1;
    }
  }
})();
