// One file on its way to an S3-compatible bucket: our server signs each part, the browser sends it there.
import { sha256Of } from "../kernel/digests.js";
import { sentenceOf, worthTrying } from "../kernel/uploads.js";

const RETRY_AFTER_MS = [500, 2000, 5000, 10000, 20000];
const SIGNATURE_OLD = 403; // the bucket's answer to an address that has expired: the next try asks for a new one

class Refusal extends Error {
  constructor(status, body) {
    super(sentenceOf(status, body));
    this.status = status;
  }
}

export class BucketTransfer {
  // csrf: a function, for the token changes when somebody signs in again in another tab.
  // on: begun(address), progress(sent), waiting(), done(video), failed(sentence, status)
  constructor({ file, address, endpoint, csrf, metadata, on }) {
    Object.assign(this, { file, address, endpoint, csrf, metadata, on, run: 0, request: null });
  }

  async start() {
    const run = ++this.run; // a pause ends this one; whatever it still does afterwards counts for nothing
    try {
      await this.send(run);
    } catch (error) {
      if (run !== this.run) return;
      const isOurs = error instanceof Refusal;
      this.on.failed(isOurs ? error.message : sentenceOf(0, ""), isOurs ? error.status : 0);
    }
  }

  pause() {
    this.run += 1;
    this.request?.abort();
  }

  async send(run) {
    if (!this.address) {
      const form = new URLSearchParams({ ...this.metadata, length: this.file.size });
      ({ address: this.address } = await this.insist(run, () => this.ask("POST", this.endpoint, form)));
      this.on.begun(this.address);
    }
    const there = await this.insist(run, () => this.ask("GET", `${this.address}parts/`));
    const have = new Set(there.numbers);
    let sent = 0;
    for (let number = 1; number <= there.count; number += 1) {
      if (run !== this.run) return;
      const part = this.file.slice((number - 1) * there.part_bytes, number * there.part_bytes);
      const before = sent;
      if (!have.has(number)) {
        const form = new URLSearchParams({ sha256: await sha256Of(part) });
        if (run !== this.run) return;
        await this.insist(run, async () => {
          const { url } = await this.ask("POST", `${this.address}parts/${number}/`, form);
          await this.put(url, part, (loaded) => run === this.run && this.on.progress(before + loaded));
        });
      }
      sent += part.size;
      if (run === this.run) this.on.progress(sent);
    }
    const { video } = await this.insist(run, () => this.ask("POST", `${this.address}complete/`));
    if (run === this.run) this.on.done(video);
  }

  // Try again what a broken line or a busy server spoilt.
  async insist(run, deed) {
    for (const pause of RETRY_AFTER_MS) {
      try {
        return await deed();
      } catch (error) {
        const status = error instanceof Refusal ? error.status : 0;
        if (run !== this.run || !(worthTrying(status) || error.isBucket)) throw error;
        if (status === 409) throw error; // ours: the state forbids it
        this.on.waiting();
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (run !== this.run) throw error;
      }
    }
    return deed();
  }

  async ask(method, path, body) {
    const answer = await fetch(path, { method, headers: { "X-CSRFToken": this.csrf(), Accept: "application/json" }, body });
    if (!answer.ok) throw new Refusal(answer.status, await answer.text());
    return answer.json();
  }

  put(url, part, progress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("PUT", url);
      request.upload.onprogress = (event) => progress(event.loaded);
      request.onload = () => {
        if (request.status < 300) resolve();
        else reject(Object.assign(new Refusal(request.status, ""), { isBucket: request.status === SIGNATURE_OLD }));
      };
      request.onerror = () => reject(new Refusal(0, ""));
      request.onabort = () => reject(new Refusal(0, ""));
      request.send(part);
    });
  }
}
