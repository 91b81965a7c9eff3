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
  const start = MediaRecorder.prototype.start;
  MediaRecorder.prototype.start = function (slice) { return start.call(this, SLICE || slice); };
})()
"""

# The time on show; 0 while there is none.
READ = """() => {
  const picture = document.querySelector('.live__picture:not(.live__picture--coming)');
  if (!picture) return 0;
  window.cells ??= Object.assign(document.createElement('canvas'), {width: 11, height: 4})
    .getContext('2d', {willReadFrequently: true});
  // Without smoothing each cell's middle is taken.
  window.cells.imageSmoothingEnabled = false;
  window.cells.drawImage(picture, 0, 0, 11, 4);
  const seen = window.cells.getImageData(0, 0, 11, 4).data;
  let time = 0;
  for (let cell = 0; cell < 44; cell += 1) time += (seen[cell * 4] > 127 ? 1 : 0) * 2 ** cell;
  return time;
}"""

# Every new picture's delay in ms, over so many seconds.
WATCH = (
    """async (seconds) => {
  const read = """
    + READ
    + """;
  const delays = [];
  let last = read();
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 8));
    const shown = read();
    if (shown === last) continue;
    last = shown;
    const delay = Date.now() - shown;
    // Read in the middle of a picture's arrival, it is no time at all.
    if (delay > 0 && delay < 60000) delays.push(delay);
  }
  return delays;
}"""
)
