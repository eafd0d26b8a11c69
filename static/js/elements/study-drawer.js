// What was watched and is not acknowledged yet, kept on this device (IndexedDB): a reload, a crash or a dead network loses
// nothing that the server would still count. The server decides what that is; here it is only kept until it has answered.
// A browser that keeps nothing (private windows) studies on without it.

const NAME = "study";
const STORE = "unsent";
const DAY_MS = 86_400_000;

function done(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

function openDatabase() {
  const request = indexedDB.open(NAME, 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "session" }));
  return done(request);
}

export class Drawer {
  constructor() {
    this.opening = null;
  }

  async use(mode, deed) {
    try {
      this.opening ??= openDatabase();
      const store = (await this.opening).transaction(STORE, mode).objectStore(STORE);
      return await done(deed(store));
    } catch {
      return null;
    }
  }

  keep(session, token, box) {
    return this.use("readwrite", (store) => store.put({ session, token, ...box.keep(), keptAt: Date.now() }));
  }

  drop(session) {
    return this.use("readwrite", (store) => store.delete(session));
  }

  async kept() {
    return (await this.use("readonly", (store) => store.getAll())) ?? [];
  }

  // Send what earlier pages left behind. What the server answered is done with, whatever it said; what it did not answer, and
  // what belongs to somebody else on this device, waits a day.
  async sendAll(send) {
    for (const kept of await this.kept()) {
      const isDone = await send(kept).catch((error) => error.status !== undefined && ![401, 404, 429].includes(error.status) && error.status < 500);
      if (isDone || Date.now() - kept.keptAt > DAY_MS) await this.drop(kept.session);
    }
  }
}
