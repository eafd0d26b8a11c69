// One file on its way to our own server in parts, by tus-js-client; each part carries its SHA-256 where the browser can.
import "../../vendor/tus/tus.min.js";
import { sha256Of } from "../kernel/digests.js";
import { sentenceOf, worthTrying } from "../kernel/uploads.js";

const { DefaultHttpStack, Upload } = window.tus;
const RETRY_AFTER_MS = [0, 1000, 3000, 5000, 10000, 20000];

// Wraps the library's requests: the digest is made when the part is sent.
class CheckedStack {
  constructor() {
    this.plain = new DefaultHttpStack();
  }

  getName() {
    return "CheckedStack";
  }

  createRequest(method, url) {
    const request = this.plain.createRequest(method, url);
    const send = request.send.bind(request);
    const abort = request.abort.bind(request);
    let isAborted = false;
    request.abort = () => {
      isAborted = true;
      return abort();
    };
    request.send = async (body) => {
      const digest = body ? await sha256Of(body) : "";
      // Stopped meanwhile: nothing may be sent any more, and like an aborted request it never answers.
      if (isAborted) return new Promise(() => {});
      if (digest) request.setHeader("Upload-Checksum", `sha256 ${digest}`);
      return send(body);
    };
    return request;
  }
}

export class TusTransfer {
  // csrf: a function, for the token changes when somebody signs in again in another tab.
  // on: begun(address), progress(sent), waiting(), done(video), failed(sentence, status)
  constructor({ file, address, endpoint, chunk, csrf, metadata, on }) {
    this.upload = new Upload(file, {
      endpoint: address ? null : endpoint,
      uploadUrl: address || null,
      chunkSize: chunk,
      onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrf()),
      metadata,
      httpStack: new CheckedStack(),
      retryDelays: RETRY_AFTER_MS,
      storeFingerprintForResuming: false, // the server's list knows them, on every computer and for this account only
      onUploadUrlAvailable: () => {
        this.upload.options.endpoint = null; // or a refused HEAD would begin the file anew
        on.begun(this.upload.url);
      },
      onProgress: (sent) => on.progress(sent),
      onShouldRetry: (error) => {
        const again = worthTrying(statusOf(error));
        if (again) on.waiting();
        return again;
      },
      onSuccess: ({ lastResponse }) => on.done(lastResponse.getHeader("Upload-Video")),
      onError: (error) => {
        const status = statusOf(error);
        on.failed(sentenceOf(status, error.originalResponse?.getBody() ?? ""), status);
      },
    });
  }

  start() {
    this.upload.start();
  }

  pause() {
    this.upload.abort();
  }
}

function statusOf(error) {
  return error.originalResponse?.getStatus() ?? 0;
}
