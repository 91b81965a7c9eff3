// Sound beside the pictures: silent until somebody asks for it, then in step with them.
import type { Frame } from "./webm";

const LATE_MS = 80;

export class Sound {
  private decoder: AudioDecoder | undefined;
  private context: AudioContext | undefined;
  private next = 0;

  constructor(private readonly due: (ms: number) => number) {}

  setUp(config: AudioDecoderConfig, context: AudioContext): void {
    this.context = context;
    this.decoder = new AudioDecoder({ output: (data) => this.play(data), error: () => this.close() });
    this.decoder.configure(config);
  }

  take(frame: Frame): void {
    if (this.decoder?.state !== "configured" || this.context?.state !== "running") return;
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: Math.round(frame.ms * 1000), data: frame.data }));
  }

  close(): void {
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    this.decoder = undefined;
  }

  private play(data: AudioData): void {
    const context = this.context!;
    const buffer = context.createBuffer(data.numberOfChannels, data.numberOfFrames, data.sampleRate);
    for (let channel = 0; channel < data.numberOfChannels; channel += 1) {
      data.copyTo(buffer.getChannelData(channel), { planeIndex: channel, format: "f32-planar" });
    }
    const wanted = context.currentTime + (this.due(data.timestamp / 1000) - performance.now()) / 1000;
    data.close();
    // One after the other without a seam, unless the pictures have gone another way.
    const start = Math.abs(wanted - this.next) * 1000 > LATE_MS ? wanted : this.next;
    if (start < context.currentTime) return;
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.connect(context.destination);
    node.start(start);
    this.next = start + buffer.duration;
  }
}
