"""A clock that a camera can see, and a viewer can read: the time as 44 black and white cells.

Whoever films shows `Date.now()`; whoever watches on the same machine reads it from the picture on show. The
difference is the delay from glass to glass.
"""

# A camera and a microphone: the clock and a tone, at 1280x720 and 30 pictures a second. `SLICE` is in ms.
CAMERA = """
(() => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 1280, height: 720});
  const pen = canvas.getContext('2d');
  const draw = () => {
    const now = Date.now();
    for (let cell = 0; cell < 44; cell += 1) {
      pen.fillStyle = Math.floor(now / 2 ** cell) % 2 ? '#fff' : '#000';
      pen.fillRect((cell % 11) * 1280 / 11, Math.floor(cell / 11) * 180, 1280 / 11 + 1, 181);
    }
  };
  setInterval(draw, 33);
  draw();
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  tone.start();
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = canvas.captureStream(30);
    if (wanted.audio) {
      const out = sound.createMediaStreamDestination();
      tone.connect(out);
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };
  // Beside the page: what each recorder gave out, before the page has seen it.
  window.recorded = [];
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (slice) {
    const pieces = [];
    window.recorded.push(pieces);
    this.addEventListener('dataavailable', ({data}) => pieces.push(data));
    return start.call(this, SLICE || slice);
  };
})()
"""

# Bytes and SHA-256 in hex of each recording: `{bytes, sha256}`.
RECORDED = """() => Promise.all(window.recorded.map(async (pieces) => {
  const whole = await new Blob(pieces).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  const sha256 = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return {bytes: whole.byteLength, sha256};
}))"""

# Notes every picture in the moment when the player draws it: `{at, delay}`, in ms. Asking the canvas again
# and again, as often as would be needed, keeps a core busy for each viewer.
NOTICE = """
(() => {
  window.pictures = [];
  const cells = Object.assign(document.createElement('canvas'), {width: 11, height: 4})
    .getContext('2d', {willReadFrequently: true});
  // Without smoothing each cell's middle is taken.
  cells.imageSmoothingEnabled = false;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (source, ...where) {
    draw.call(this, source, ...where);
    if (!(source instanceof VideoFrame)) return;
    draw.call(cells, source, 0, 0, 11, 4);
    const seen = cells.getImageData(0, 0, 11, 4).data;
    let time = 0;
    for (let cell = 0; cell < 44; cell += 1) time += (seen[cell * 4] > 127 ? 1 : 0) * 2 ** cell;
    const at = Date.now();
    window.pictures.push({at, delay: at - time});
  };
})()
"""
