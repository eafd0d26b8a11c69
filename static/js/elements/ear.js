// How loud a stream is, and which devices there are: for every page that opens a microphone.

export class Ear {
  constructor(stream) {
    this.audio = new AudioContext();
    this.analyser = this.audio.createAnalyser();
    this.analyser.fftSize = 1024;
    this.audio.createMediaStreamSource(stream).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.loudest = 0;
  }

  // Returns how loud it is now, 0 to 1.
  level() {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, one) => sum + one * one, 0) / this.samples.length;
    const level = Math.min(1, 4 * Math.sqrt(power));
    this.loudest = Math.max(this.loudest, level);
    return level;
  }

  // Whether anything was heard at all.
  get hears() {
    return this.loudest > 0.01;
  }

  close() {
    this.audio.close();
  }
}

// Fills a select with the devices of a kind, and keeps what was chosen.
export async function nameDevices(select, kind) {
  const chosen = select.value;
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === kind && one.deviceId);
  select.replaceChildren(...found.map((one, n) => new Option(one.label || `设备${n + 1}`, one.deviceId)));
  if (found.some((one) => one.deviceId === chosen)) select.value = chosen;
}
